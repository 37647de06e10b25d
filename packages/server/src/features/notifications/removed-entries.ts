import type { NotificationId, UserId } from '@coterie/protocol'
import type { InboxEntry } from '../../ports/notification-repository.ts'
import type { InboxSignal } from './inbox-signal.ts'

/** Groups entries by what they are about, each with the users who have it. */
export function usersById(entries: readonly InboxEntry[]): Map<NotificationId, UserId[]> {
  return grouped(
    entries,
    ({ id }) => id,
    ({ userId }) => userId,
  )
}

/** Writes what is no longer in inboxes as few signals: many of one user, or one of many users. */
export function removalSignals(entries: readonly InboxEntry[]): InboxSignal[] {
  const byId = usersById(entries)
  const byUser = grouped(
    entries,
    ({ userId }) => userId,
    ({ id }) => id,
  )
  return byUser.size < byId.size
    ? [...byUser].map(([userId, removed]) => ({ kind: 'changed', users: [userId], removed }))
    : [...byId].map(([id, users]) => ({ kind: 'changed', users, removed: [id] }))
}

function grouped<Key, Value>(
  entries: readonly InboxEntry[],
  keyOf: (entry: InboxEntry) => Key,
  partOf: (entry: InboxEntry) => Value,
): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>()
  for (const entry of entries) {
    const group = groups.get(keyOf(entry))
    if (group) group.push(partOf(entry))
    else groups.set(keyOf(entry), [partOf(entry)])
  }
  return groups
}
