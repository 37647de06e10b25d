import type { JsonValue, ReadReceiptData, UserId } from '@coterie/protocol'
import { hasReached, type ReadMark } from './read-mark.ts'

/** Where more users read in a window, one receipt stands for all of them. */
const MAX_RECEIPTS = 25

/** A receipt for one reader, or for many. */
export interface ReadReceipt {
  /** The reader; for many, the last of those who read furthest. */
  readonly userId: string
  /** A `ReadReceiptData`. */
  readonly data: JsonValue
}

/** A user, and how far the user has read. */
type Reader = readonly [userId: string, mark: ReadMark]

/**
 * Makes a receipt for each reader, the furthest last, or one for all of them
 * where there are more than 25.
 *
 * @param moved the marks that moved, the last to move last
 * @param marks those of all users
 */
export function createReceipts(
  moved: ReadonlyMap<string, ReadMark>,
  marks: ReadonlyMap<string, ReadMark>,
): readonly ReadReceipt[] {
  const readers = sortByPlace([...moved])
  const isCrowd = readers.length > MAX_RECEIPTS
  const told = isCrowd ? readers.slice(-1) : readers
  const counts = countReaders(told, marks.values())
  return told.map(([userId, { eventId }], at) =>
    createReceipt(userId, eventId, counts[at] ?? 0, isCrowd),
  )
}

/** Makes the receipts of a channel without history, in the order of reading. */
export function createUnkeptReceipts(read: ReadonlyMap<string, string>): readonly ReadReceipt[] {
  const readers = [...read]
  const isCrowd = readers.length > MAX_RECEIPTS
  const told = isCrowd ? readers.slice(-1) : readers
  const readBy = isCrowd ? readers.length : 1
  return told.map(([userId, eventId]) => createReceipt(userId, eventId, readBy, isCrowd))
}

function createReceipt(
  userId: string,
  eventId: string,
  readBy: number,
  isForMany: boolean,
): ReadReceipt {
  const receipt = { event_id: eventId, read_by: readBy } satisfies ReadReceiptData
  if (isForMany) return { userId, data: receipt }
  const reader = { user_id: userId as UserId, event_id: eventId }
  return { userId, data: { ...receipt, readers: [reader] } satisfies ReadReceiptData }
}

// Epochs are ordered by their first mark: marks that move later belong to newer epochs.
function sortByPlace(readers: readonly Reader[]): readonly Reader[] {
  const lives = new Map<string, number>()
  for (const [, { position }] of readers) {
    if (!lives.has(position.epoch)) lives.set(position.epoch, lives.size)
  }
  const lifeOf = ([, { position }]: Reader): number => lives.get(position.epoch) ?? 0
  return readers.toSorted(
    (one, other) =>
      lifeOf(one) - lifeOf(other) || one[1].position.offset - other[1].position.offset,
  )
}

/** Counts for each reader the users who have read as far or further. */
function countReaders(readers: readonly Reader[], marks: Iterable<ReadMark>): readonly number[] {
  const counts = readers.map(() => 0)
  for (const mark of marks) {
    const furthest = readers.findLastIndex(([, reached]) => hasReached(mark, reached))
    if (furthest !== -1) counts[furthest] = (counts[furthest] ?? 0) + 1
  }
  // A user who has reached one reader has reached all before, in the same epoch.
  for (let at = readers.length - 2; at >= 0; at -= 1) {
    const [mark, next] = [readers[at]?.[1], readers[at + 1]?.[1]]
    if (mark?.position.epoch !== next?.position.epoch) continue
    counts[at] = (counts[at] ?? 0) + (counts[at + 1] ?? 0)
  }
  return counts
}
