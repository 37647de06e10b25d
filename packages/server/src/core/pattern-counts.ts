import type { Membership } from './membership.ts'

/** Counts the different patterns that users listen to, over all their connections. */
export class PatternCounts {
  /** How often each pattern is listened to, by user. */
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

  /** Returns how many different ones a user listens to. */
  of(userId: string): number {
    return this.#byUser.get(userId)?.size ?? 0
  }
}
