import type { Membership } from './membership.ts'

/** Counts the different patterns of each user, over all connections of the user. */
export class PatternCounts {
  /** How many subscriptions each pattern has, by user. */
  readonly #byUser = new Map<string, Map<string, number>>()

  add({ connection, channel }: Membership): void {
    const userId = connection.principal.userId
    const patterns = this.#byUser.get(userId) ?? new Map<string, number>()
    this.#byUser.set(userId, patterns.set(channel, (patterns.get(channel) ?? 0) + 1))
  }

  remove({ connection, channel }: Membership): void {
    const userId = connection.principal.userId
    const patterns = this.#byUser.get(userId)
    const times = patterns?.get(channel) ?? 0
    if (times > 1) patterns?.set(channel, times - 1)
    else patterns?.delete(channel)
    if (patterns?.size === 0) this.#byUser.delete(userId)
  }

  has(userId: string, pattern: string): boolean {
    return this.#byUser.get(userId)?.has(pattern) ?? false
  }

  /** Returns the number of different patterns of a user. */
  of(userId: string): number {
    return this.#byUser.get(userId)?.size ?? 0
  }
}
