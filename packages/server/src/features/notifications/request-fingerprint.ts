import { createHash } from 'node:crypto'
import type { JsonValue } from '@coterie/protocol'
import { sortKeys } from '../../core/sort-keys.ts'
import type { NotificationDraft } from './notification-request.ts'

/** The digest by which a repeated request is known, and the one that earlier builds kept for it. */
export interface RequestFingerprint {
  readonly fingerprint: string
  readonly earlierFingerprint: string
}

/** Digests what was asked for, whatever the order of the keys in what the application chose. */
export function fingerprintOf({
  content,
  recipients,
}: Pick<NotificationDraft, 'content' | 'recipients'>): RequestFingerprint {
  const actions = content.actions.map(({ data, ...action }) => ({
    ...action,
    ...(data !== undefined && { data: sortKeys(data) }),
  }))
  const metadata = sortKeys(content.metadata as JsonValue)
  return {
    fingerprint: digest([{ ...content, actions, metadata }, recipients]),
    earlierFingerprint: digest([content, recipients]),
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url')
}
