import type { Interest } from '../../core/interest.ts'

/** The windows in which users type by this node, and that it hears the end of. */
export class OwnTyping {
  readonly #interest: Pick<Interest, 'pin' | 'unpin'>
  readonly #keys = new Map<string, Set<string>>()

  constructor(interest: Pick<Interest, 'pin' | 'unpin'>) {
    this.#interest = interest
  }

  /** Adds a window. Resolves when no change of it can be missed. @throws {RealtimeError} `unavailable` */
  async add(channel: string, key: string): Promise<void> {
    const keys = this.#keys.get(channel)
    if (keys) {
      keys.add(key)
      return
    }
    this.#keys.set(channel, new Set([key]))
    try {
      await this.#interest.pin(channel)
    } catch (error) {
      this.remove(channel, key)
      throw error
    }
  }

  /** Removes a window that has ended. Idempotent. */
  remove(channel: string, key: string): void {
    const keys = this.#keys.get(channel)
    if (!keys?.delete(key) || keys.size > 0) return
    this.#keys.delete(channel)
    this.#interest.unpin(channel)
  }

  has(channel: string, key: string): boolean {
    return this.#keys.get(channel)?.has(key) ?? false
  }

  /** Tells whether anybody types in a channel by this node. */
  isIn(channel: string): boolean {
    return this.#keys.has(channel)
  }
}
