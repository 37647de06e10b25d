import type { RealtimeError } from '@coterie/client'

const TEXTS: Partial<Readonly<Record<RealtimeError['code'], string>>> = {
  too_large: 'That is too much for one document: the change was taken back.',
  forbidden: 'You are not allowed to change this document: the change was taken back.',
  not_member: 'You are not in this document any more. Load the page again.',
  conflict: 'Somebody else was faster: the change was taken back.',
  limit_exceeded: 'Too many changes wait for the connection. Give it a moment.',
  invalid_payload: 'The server cannot keep this text: the change was taken back.',
  bad_frame: 'That is too much at once: paste it in smaller pieces.',
}

/** Says what went wrong with a change, in words for people. */
export function problemText({ code, message }: Pick<RealtimeError, 'code' | 'message'>): string {
  return TEXTS[code] ?? `The change was not saved: ${message}.`
}
