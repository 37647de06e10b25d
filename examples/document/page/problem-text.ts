import type { RealtimeError } from '@coterie/client'

const TEXTS: Partial<Readonly<Record<RealtimeError['code'], string>>> = {
  too_large: 'This document is as large as it can be: what is new cannot be kept.',
  forbidden: 'You are not allowed to change this document.',
  not_member: 'You are not in this document any more. Load the page again.',
  not_found: 'A part of this document is not to be found any more.',
}

/** Says what is wrong with a document, in words for people. */
export function problemText({ code, message }: Pick<RealtimeError, 'code' | 'message'>): string {
  return TEXTS[code] ?? `The document is not saved: ${message}.`
}
