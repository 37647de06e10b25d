import type { NotificationPayload, UserId } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Connections } from '../../core/connections.ts'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type {
  NotificationRepository,
  StoredNotification,
} from '../../ports/notification-repository.ts'
import type { InboxSignal } from './inbox-signal.ts'
import { describePayload } from './notification.ts'
import type { RecentDeliveries } from './recent-deliveries.ts'
import type { UnreadCounts } from './unread-counts.ts'

/** Notifications that are read from the store at a time. */
const PAGE_SIZE = 100
/** Of those that waited so many are pushed at most, the newest; the others are in the inbox. */
const MAX_PUSHED = 1_000
/** News of what was read from the store comes no later than this, in ms. */
const OVERLAP_MS = 10_000

/** What a connection got of what waited for its user. */
interface CatchUp {
  /** Where it stands among all notifications, so that news of the same is not pushed again. */
  readonly pushed: Set<number>
  /** What came meanwhile, to follow in its place; undefined once nothing waits any more. */
  held: { readonly sequence: number; readonly frame: OutgoingFrame }[] | undefined
}

/** What pushing needs of the hub. */
export interface InboxPushParts {
  readonly connections: Connections
  readonly repository: NotificationRepository
  readonly counts: UnreadCounts
  readonly recent: RecentDeliveries
  readonly clock: Clock
  readonly logger: Logger
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
    const catchUp: CatchUp = { pushed: new Set(), held: [] }
    this.#catchUps.set(connection, catchUp)
    try {
      await this.#catchUp(connection, userId, catchUp.pushed)
    } catch (error) {
      const fields = { connection_id: connection.id, error }
      this.#parts.logger.warn(fields, 'notifications that waited could not be pushed')
    }
    for (const { sequence, frame } of catchUp.held ?? []) {
      if (!catchUp.pushed.has(sequence)) connection.outbox.send(frame)
    }
    catchUp.held = undefined
    if (catchUp.pushed.size === 0) this.end(connection)
    else this.#parts.clock.setTimer(() => this.end(connection), OVERLAP_MS)
  }

  /** Forgets a connection. */
  end(connection: Connection): void {
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
        else if (!catchUp?.pushed.delete(sequence)) connection.outbox.send(frame)
      }
    }
  }

  async #catchUp(connection: Connection, userId: UserId, pushed: Set<number>): Promise<void> {
    const { repository, counts, clock, started } = this.#parts
    await started()
    const count = await repository.unreadCount(userId, clock.now())
    if (count === 0) return
    let after = await this.#startOf(userId, count)
    let isLast = false
    while (!isLast && connection.isOpen) {
      const page = await repository.pending(userId, after, PAGE_SIZE, clock.now())
      for (const notification of page) push(connection, notification, pushed)
      after = page.at(-1)?.sequence ?? after
      isLast = page.length < PAGE_SIZE
      await connection.outbox.taken()
    }
    await this.#pushRecent(connection, userId, pushed)
    if (connection.isOpen) counts.tell(userId, connection)
  }

  // Where more waits than is pushed, the newest are.
  async #startOf(userId: UserId, unreadCount: number): Promise<number> {
    if (unreadCount <= MAX_PUSHED) return 0
    const { repository, clock } = this.#parts
    const [newestLeftOut] = await repository.list(
      { userId, status: 'pending', limit: 1, offset: MAX_PUSHED, recipients: 'own' },
      clock.now(),
    )
    return newestLeftOut?.sequence ?? 0
  }

  async #pushRecent(connection: Connection, userId: UserId, pushed: Set<number>): Promise<void> {
    const { repository, recent, clock } = this.#parts
    for (const id of recent.of(userId)) {
      const found = await repository.find(id, clock.now(), userId)
      if (found && isDelivered(found)) push(connection, found, pushed)
    }
  }
}

function push(connection: Connection, stored: StoredNotification, pushed: Set<number>): void {
  if (pushed.has(stored.sequence)) return
  pushed.add(stored.sequence)
  connection.outbox.send(notificationFrame(describePayload(stored)))
}

function isDelivered({ recipients: [own] }: StoredNotification): boolean {
  return own?.status === 'delivered'
}

function notificationFrame(payload: NotificationPayload): OutgoingFrame {
  return new OutgoingFrame('notification', JSON.stringify({ payload }))
}
