import { type NotificationId, ok, type Result, type UserId } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { NotificationRepository } from '../../ports/notification-repository.ts'
import type { InboxSignals } from './inbox-signals.ts'
import type { Notification } from './notification.ts'
import { type NotificationQueries, refuseUnknown } from './notification-queries.ts'
import type { MarkAllReadOptions } from './notification-service.ts'
import { findUpTo, type UpTo } from './read-up-to.ts'

/** Notifications that one signal names. */
const MAX_NAMED = 1_000

/** The parts of the hub that marking notifications needs. */
export interface NotificationMarksParts {
  readonly repository: NotificationRepository
  readonly queries: NotificationQueries
  readonly signals: InboxSignals
  readonly clock: Clock
}

/** Notes what was read, delivered or canceled, and tells the devices of it. */
export class NotificationMarks {
  readonly #parts: NotificationMarksParts

  constructor(parts: NotificationMarksParts) {
    this.#parts = parts
  }

  async markRead(id: string, userId: string, shown: 'all' | 'own'): Promise<Result<Notification>> {
    const { repository, queries, clock, signals } = this.#parts
    const found = await queries.find(id, userId)
    if (!found.ok) return found
    const ids = [id as NotificationId]
    const read = await repository.markRead(userId as UserId, ids, clock.now())
    if (read.length > 0) {
      await signals.tell(() => signals.send({ kind: 'changed', users: [userId], read }))
    }
    return queries.find(id, shown === 'own' ? userId : undefined)
  }

  async markAllRead(userId: string, { upTo }: MarkAllReadOptions): Promise<Result<number>> {
    const { repository, clock, signals } = this.#parts
    if (upTo !== undefined) return this.#markReadUpTo(userId as UserId, upTo)
    const { count, ids } = await repository.markAllRead(userId as UserId, clock.now())
    if (count > 0) {
      const changed = { kind: 'changed', users: [userId], read: ids, allRead: true } as const
      await signals.tell(() => signals.send(changed))
    }
    return ok(count)
  }

  // All of them are named, as what came after is not read.
  async #markReadUpTo(userId: UserId, upTo: UpTo): Promise<Result<number>> {
    const { repository, clock, signals } = this.#parts
    const end = await findUpTo(repository, userId, upTo, clock.now())
    if (!end.ok) return end
    const { count, ids } = await repository.markAllRead(userId, clock.now(), end.value.upTo)
    const changed = { kind: 'changed', users: [userId], readUpTo: end.value.told } as const
    await signals.tell(async () => {
      for (let start = 0; start < count; start += MAX_NAMED) {
        await signals.send({ ...changed, read: ids.slice(start, start + MAX_NAMED) })
      }
    })
    return ok(count)
  }

  async acknowledge(userId: string, ids: readonly string[]): Promise<Result<void>> {
    const { repository, clock } = this.#parts
    const delivered = ids as readonly NotificationId[]
    await repository.markDelivered(userId as UserId, delivered, clock.now())
    return ok(undefined)
  }

  async cancel(id: string): Promise<Result<Notification>> {
    const { repository, queries, clock, signals } = this.#parts
    const users = await repository.cancel(id as NotificationId, clock.now())
    if (!users) return refuseUnknown()
    if (users.length > 0) {
      const removed = [id as NotificationId]
      await signals.tell(() => signals.send({ kind: 'changed', users, removed }))
    }
    return queries.find(id)
  }
}
