import type { NotificationId } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Clock } from '../../ports/clock.ts'

/** Another device that connects so soon after a delivery gets it too, in ms. */
const WINDOW_MS = 60_000
/** What one user has acknowledged lately and is remembered, at most. */
const MAX_REMEMBERED = 5_000

interface Delivery {
  readonly id: NotificationId
  readonly connection: Connection
  readonly atMs: number
}

/**
 * What was acknowledged lately, and by which connection.
 *
 * A notification is delivered to a user once any device has acknowledged it.
 * After a restart devices come back one after the other, and the first would
 * take from the others what none of them had. So whatever was acknowledged by
 * a connection that is still open, and hence by another device, is pushed to
 * one that connects within a minute too.
 */
export class RecentDeliveries {
  readonly #clock: Clock
  readonly #byUser = new Map<string, Delivery[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Remembers what a connection acknowledged. */
  note(userId: string, connection: Connection, ids: readonly NotificationId[]): void {
    const atMs = this.#clock.elapsed()
    const added = ids.map((id) => ({ id, connection, atMs }))
    this.#byUser.set(userId, [...this.#current(userId), ...added].slice(-MAX_REMEMBERED))
  }

  /** Returns what other devices of the user, which are there, acknowledged lately. */
  of(userId: string): readonly NotificationId[] {
    return this.#current(userId).map(({ id }) => id)
  }

  /** Forgets a user none of whose connections is left. */
  forget(userId: string): void {
    this.#byUser.delete(userId)
  }

  #current(userId: string): Delivery[] {
    const sinceMs = this.#clock.elapsed() - WINDOW_MS
    const known = this.#byUser.get(userId) ?? []
    return known.filter(({ connection, atMs }) => connection.isOpen && atMs > sinceMs)
  }
}
