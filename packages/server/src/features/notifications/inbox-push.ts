import type { NotificationId, NotificationPayload, UserId } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Connections } from '../../core/connections.ts'
import { accountOfUser } from '../../core/limits/account.ts'
import type { ReadAnswer } from '../../core/limits/answer-charge.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { ReadPaced } from '../../core/limits/paced-answers.ts'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type {
  NotificationContent,
  NotificationRepository,
  StoredNotification,
} from '../../ports/notification-repository.ts'
import type { InboxSignal } from './inbox-signal.ts'
import { describePayload } from './notification.ts'
import type { RecentDeliveries } from './recent-deliveries.ts'
import type { UnreadCounts } from './unread-counts.ts'

/** Notifications that are read from the store at a time. */
const PAGE_SIZE = 100
/** What they mostly come to at most. */
const PAGE_BYTES = 262_144
/** Those that waited and were pushed may be without acknowledgement, so many at once. */
const MAX_UNACKNOWLEDGED = 1_000
/** Notifications that a connection is known to have been sent, while more wait for it. */
const MAX_KNOWN = 20_000
/** News of what was read from the store comes no later than this, in ms. */
const OVERLAP_MS = 10_000

/** The progress of a connection in receiving its user's waiting notifications. */
interface CatchUp {
  /** Where it stands among all notifications, so that news of the same is not pushed again. */
  readonly pushed: Set<number>
  /** Notifications that were pushed and not acknowledged yet. */
  readonly unacknowledged: Set<NotificationId>
  /** Notifications that arrived during a read, to follow it; undefined without a read. */
  held: { readonly sequence: number; readonly frame: OutgoingFrame }[] | undefined
  /** Goes on with what waits; there while the client is to acknowledge first. */
  resume: (() => void) | undefined
}

/** A notification that waits, and the frame that brings it. */
interface WaitingNotification {
  readonly stored: StoredNotification
  readonly frame: OutgoingFrame
}

/** The parts of the hub that pushing needs. */
export interface InboxPushParts {
  readonly connections: Connections
  readonly limits: Pick<Limits, 'pacedAnswers'>
  readonly repository: NotificationRepository
  readonly counts: UnreadCounts
  readonly recent: RecentDeliveries
  readonly clock: Clock
  readonly logger: Logger
  /** Finds what a user does not want to hear of, as of now. */
  readonly mutes: (userId: UserId) => Promise<(content: NotificationContent) => boolean>
  /** Resolves when the store is open: some connect before. */
  readonly started: () => Promise<void>
}

/** Pushes notifications to every connection of their recipients: what waited, then what comes. */
export class InboxPush {
  readonly #parts: InboxPushParts
  readonly #catchUps = new Map<Connection, CatchUp>()

  constructor(parts: InboxPushParts) {
    this.#parts = parts
  }

  /** Pushes what waited for the user of a connection, oldest first. */
  async begin(connection: Connection, userId: UserId): Promise<void> {
    const catchUp: CatchUp = {
      pushed: new Set(),
      unacknowledged: new Set(),
      held: [],
      resume: undefined,
    }
    this.#catchUps.set(connection, catchUp)
    try {
      await this.#catchUp(connection, userId, catchUp)
    } catch (error) {
      const fields = { connection_id: connection.id, error }
      this.#parts.logger.warn(fields, 'notifications that waited could not be pushed')
    }
    release(connection, catchUp)
    if (catchUp.pushed.size === 0) this.end(connection)
    else this.#parts.clock.setTimer(() => this.end(connection), OVERLAP_MS)
  }

  /** Notes what a client says has arrived, and goes on with what waits for that. */
  acknowledged(connection: Connection, ids: readonly NotificationId[]): void {
    const catchUp = this.#catchUps.get(connection)
    if (!catchUp) return
    for (const id of ids) catchUp.unacknowledged.delete(id)
    if (catchUp.unacknowledged.size <= MAX_UNACKNOWLEDGED / 2) catchUp.resume?.()
  }

  /** Forgets a connection. */
  end(connection: Connection): void {
    this.#catchUps.get(connection)?.resume?.()
    this.#catchUps.delete(connection)
  }

  /** Does what a signal says for the connections that are here. */
  apply(signal: InboxSignal): void {
    const { counts } = this.#parts
    if (signal.kind === 'changed') {
      for (const userId of signal.users) counts.changed(userId as UserId, signal)
      return
    }
    this.#push(signal)
    for (const userId of [...signal.push, ...signal.count]) counts.changed(userId as UserId)
  }

  #push({ notification, sequence, push }: Extract<InboxSignal, { kind: 'notified' }>): void {
    let frame: OutgoingFrame | undefined
    for (const userId of push) {
      for (const connection of this.#parts.connections.of(userId)) {
        frame ??= notificationFrame(notification)
        const catchUp = this.#catchUps.get(connection)
        if (catchUp?.held) catchUp.held.push({ sequence, frame })
        else if (!catchUp?.pushed.delete(sequence)) {
          // It is among what waits in the store, too.
          if (catchUp?.resume) note(catchUp.pushed, sequence)
          connection.outbox.send(frame)
        }
      }
    }
  }

  async #catchUp(connection: Connection, userId: UserId, catchUp: CatchUp): Promise<void> {
    const { repository, counts, clock, started } = this.#parts
    await started()
    const count = await repository.unreadCount(userId, clock.now())
    if (count === 0) return
    const isMuted = await this.#parts.mutes(userId)
    const readPaced = this.#pacedFor(connection, userId)
    let after = 0
    let isLast = false
    while (!isLast && connection.isOpen) {
      const page = await readPaced(PAGE_BYTES, async () => {
        return pageOf(connection, await repository.pending(userId, after, PAGE_SIZE, clock.now()))
      })
      if (!page) return
      for (const waiting of page) {
        if (isMuted(waiting.stored) || !push(connection, waiting, catchUp.pushed)) continue
        catchUp.unacknowledged.add(waiting.stored.id)
      }
      after = page.at(-1)?.stored.sequence ?? after
      isLast = page.length < PAGE_SIZE
      await connection.outbox.taken()
      const isFull = catchUp.unacknowledged.size >= MAX_UNACKNOWLEDGED
      if (isFull && !isLast) await this.#untilAcknowledged(connection, userId, catchUp)
    }
    await this.#pushRecent(connection, userId, catchUp.pushed)
    if (connection.isOpen) counts.tell(userId, connection)
  }

  #pacedFor(connection: Connection, userId: UserId): ReadPaced {
    const { pacedAnswers } = this.#parts.limits
    return pacedAnswers.of({ account: accountOfUser(userId), isOpen: () => connection.isOpen })
  }

  // Until then news comes at once: a client that acknowledges nothing is not left without them.
  async #untilAcknowledged(
    connection: Connection,
    userId: UserId,
    catchUp: CatchUp,
  ): Promise<void> {
    if (!connection.isOpen) return
    release(connection, catchUp)
    const { promise, resolve } = Promise.withResolvers<void>()
    catchUp.resume = resolve
    this.#parts.counts.tell(userId, connection, true)
    await promise
    catchUp.resume = undefined
    catchUp.held = []
  }

  async #pushRecent(connection: Connection, userId: UserId, pushed: Set<number>): Promise<void> {
    const { repository, recent, clock } = this.#parts
    const readPaced = this.#pacedFor(connection, userId)
    const ids = recent.of(userId)
    for (let start = 0; start < ids.length && connection.isOpen; start += PAGE_SIZE) {
      const page = ids.slice(start, start + PAGE_SIZE)
      const found = await readPaced(PAGE_BYTES, async () => {
        return pageOf(connection, await repository.named(userId, page, clock.now()))
      })
      if (!found) return
      for (const one of found) if (isDelivered(one.stored)) push(connection, one, pushed)
      await connection.outbox.taken()
    }
  }
}

// Whoever is told so many and acknowledges none may be sent one of them again.
function note(pushed: Set<number>, sequence: number): void {
  pushed.add(sequence)
  const [first] = pushed
  if (pushed.size > MAX_KNOWN && first !== undefined) pushed.delete(first)
}

/** Sends what came while the store was read, but for what was in it. */
function release(connection: Connection, catchUp: CatchUp): void {
  for (const { sequence, frame } of catchUp.held ?? []) {
    if (!catchUp.pushed.has(sequence)) connection.outbox.send(frame)
  }
  catchUp.held = undefined
}

function push(
  connection: Connection,
  { stored, frame }: WaitingNotification,
  pushed: Set<number>,
): boolean {
  if (pushed.has(stored.sequence)) return false
  pushed.add(stored.sequence)
  connection.outbox.send(frame)
  return true
}

function pageOf(
  { transport }: Connection,
  notifications: readonly StoredNotification[],
): ReadAnswer<WaitingNotification[]> {
  const value = notifications.map((stored) => {
    const frame = notificationFrame(describePayload(stored))
    return { stored, frame }
  })
  const bytesOf = ({ frame }: WaitingNotification): number =>
    frame.encoded(transport.encoding).length
  return { value, bytes: value.reduce((sum, one) => sum + bytesOf(one), 0) }
}

function isDelivered({ recipients: [own] }: StoredNotification): boolean {
  return own?.status === 'delivered'
}

function notificationFrame(payload: NotificationPayload): OutgoingFrame {
  return OutgoingFrame.of('notification', { payload })
}
