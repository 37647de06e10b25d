import type { FieldsOf, NotificationId, UserId } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Connections } from '../../core/connections.ts'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { NotificationRepository } from '../../ports/notification-repository.ts'

/** Notifications of each kind that a frame names. */
const MAX_NAMED = 1_000

/** What changed in an inbox beside the count. */
export interface InboxChange {
  readonly read?: readonly NotificationId[]
  readonly removed?: readonly NotificationId[]
  readonly allRead?: boolean
  readonly readUpTo?: string
}

/** What is to be told a user. */
interface News {
  readonly read: Set<NotificationId>
  readonly removed: Set<NotificationId>
  allRead: boolean
  readUpTo: string | undefined
  /** The connections that are to be told; undefined for all of the user. */
  only: Set<Connection> | undefined
  /** Those for which more waits than they were pushed. */
  readonly behind: Set<Connection>
}

/** The parts of the hub that telling counts needs. */
export interface UnreadCountsParts {
  readonly connections: Connections
  readonly repository: NotificationRepository
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Tells the connections of users how many notifications they have not read.
 *
 * The count is read after the change and never while an earlier reading is
 * under way, so the last one told is the true one, in whatever order changes
 * arrive; what changes in one tick is told at once.
 */
export class UnreadCounts {
  readonly #parts: UnreadCountsParts
  readonly #news = new Map<UserId, News>()
  readonly #asking = new Set<UserId>()

  constructor(parts: UnreadCountsParts) {
    this.#parts = parts
  }

  /** Notes a change for a user; told soon to all connections of the user that are here. */
  changed(userId: UserId, change: InboxChange = {}): void {
    if (this.#parts.connections.of(userId).size === 0) return
    const news = this.#newsOf(userId, undefined)
    news.only = undefined
    for (const id of change.read ?? []) news.read.add(id)
    for (const id of change.removed ?? []) news.removed.add(id)
    news.allRead ||= change.allRead ?? false
    news.readUpTo = change.readUpTo ?? news.readUpTo
  }

  /**
   * Tells one connection the count of its user.
   *
   * @param isBehind whether more waits for it, until it acknowledges what it was pushed
   */
  tell(userId: UserId, connection: Connection, isBehind = false): void {
    const news = this.#newsOf(userId, new Set())
    news.only?.add(connection)
    if (isBehind) news.behind.add(connection)
    else news.behind.delete(connection)
  }

  #newsOf(userId: UserId, only: Set<Connection> | undefined): News {
    const known = this.#news.get(userId)
    if (known) return known
    const nothing = { allRead: false, readUpTo: undefined, behind: new Set<never>() }
    const news = { read: new Set<never>(), removed: new Set<never>(), ...nothing, only }
    this.#news.set(userId, news)
    if (!this.#asking.has(userId)) this.#soon(userId)
    return news
  }

  #soon(userId: UserId): void {
    this.#parts.clock.afterTick(() => void this.#ask(userId))
  }

  async #ask(userId: UserId): Promise<void> {
    const news = this.#news.get(userId)
    if (!news) return
    this.#news.delete(userId)
    this.#asking.add(userId)
    try {
      const { repository, clock, connections } = this.#parts
      const count = await repository.unreadCount(userId, clock.now())
      const frames = inboxFrames(count, news, false)
      for (const connection of news.only ?? connections.of(userId)) {
        const isBehind = news.behind.has(connection)
        const told = isBehind ? inboxFrames(count, news, true) : frames
        for (const frame of told) connection.outbox.send(frame)
      }
    } catch (error) {
      // Whoever asks, or connects again, gets the true count.
      this.#parts.logger.warn({ user_id: userId, error }, 'an unread count could not be sent')
    } finally {
      this.#asking.delete(userId)
    }
    if (this.#news.has(userId)) this.#soon(userId)
  }
}

/** Writes one frame, or as many as it takes to name all that changed. */
function inboxFrames(
  count: number,
  { read, removed, allRead, readUpTo }: News,
  isBehind: boolean,
): OutgoingFrame[] {
  const [reads, removals] = [[...read], [...removed]]
  const frames: OutgoingFrame[] = []
  do {
    const [readNow, removedNow] = [reads.splice(0, MAX_NAMED), removals.splice(0, MAX_NAMED)]
    const fields: FieldsOf<'inbox'> = {
      unread_count: count,
      ...(readNow.length > 0 && { read: readNow }),
      ...(removedNow.length > 0 && { removed: removedNow }),
      ...(allRead && { all_read: true }),
      ...(readUpTo !== undefined && { read_up_to: readUpTo }),
      ...(isBehind && { more_waiting: true }),
    }
    frames.push(OutgoingFrame.of('inbox', fields))
  } while (reads.length > 0 || removals.length > 0)
  return frames
}
