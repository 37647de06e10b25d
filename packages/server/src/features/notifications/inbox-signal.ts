import type { NotificationId, NotificationPayload } from '@coterie/protocol'
import type { EventRecord, JsonText, NewEvent } from '../../ports/engine.ts'

/** The channel of the engine by which nodes tell each other what happened in inboxes. */
export const INBOX_CHANNEL = '$inbox'
/** Users whom one record names at most, so that no record grows without end. */
const MAX_USERS_IN_RECORD = 1_000

const KINDS: ReadonlySet<string> = new Set<InboxSignal['kind']>(['notified', 'changed'])

/** What a node does for those of its connections whose users are meant. */
export type InboxSignal =
  /** A notification was stored for these users, or is held no longer. */
  | {
      readonly kind: 'notified'
      readonly notification: NotificationPayload
      /** Where it stands among all notifications. */
      readonly sequence: number
      readonly push: readonly string[]
      /** Users who are not to be disturbed now: only their count is pushed. */
      readonly count: readonly string[]
    }
  /** Something changed in the inboxes of these users. */
  | {
      readonly kind: 'changed'
      readonly users: readonly string[]
      readonly read?: readonly NotificationId[]
      readonly removed?: readonly NotificationId[]
      readonly allRead?: boolean
      /** Up to which notification or time everything was marked as read. */
      readonly readUpTo?: string
    }

/** Splits a signal into as many as it takes to name all of its users. */
export function splitSignal(signal: InboxSignal): InboxSignal[] {
  if (signal.kind === 'changed') {
    return chunks(signal.users).map((users) => ({ ...signal, users }))
  }
  return [
    ...chunks(signal.push).map((push) => ({ ...signal, push, count: [] })),
    ...chunks(signal.count).map((count) => ({ ...signal, push: [], count })),
  ]
}

/** Writes a signal as an event of the engine. */
export function encodeSignal(
  { kind, ...fields }: InboxSignal,
  base: Pick<NewEvent, 'id' | 'timestampMs'>,
): NewEvent {
  return { ...base, event: kind, from: null, payload: JSON.stringify(fields) as JsonText }
}

/** Reads a signal from a record of the engine; undefined for one of another release. */
export function decodeSignal({ event, payload }: EventRecord): InboxSignal | undefined {
  if (!KINDS.has(event)) return undefined
  return { kind: event, ...(JSON.parse(payload) as object) } as InboxSignal
}

function chunks(users: readonly string[]): string[][] {
  const parts: string[][] = []
  for (let start = 0; start < users.length; start += MAX_USERS_IN_RECORD) {
    parts.push(users.slice(start, start + MAX_USERS_IN_RECORD))
  }
  return parts
}
