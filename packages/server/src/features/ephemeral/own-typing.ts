import type { Interest } from '../../core/interest.ts'

/** The windows in which users of this node type, followed until they end. */
export class OwnTyping {
  readonly #interest: Pick<Interest, 'pin' | 'unpin'>
  readonly #keys = new Map<string, Set<string>>()

  constructor(interest: Pick<Interest, 'pin' | 'unpin'>) {
    this.#interest = interest
  }

  /**
   * Keeps a window from the moment it is written until it ends. Where writing
   * fails, nothing changes.
   */
  async keep<T extends { readonly ok: boolean }>(
    channel: string,
    key: string,
    write: () => Promise<T>,
  ): Promise<T> {
    const isNew = !this.has(channel, key)
    let isWritten = false
    try {
      await this.#add(channel, key)
      const written = await write()
      isWritten = written.ok
      return written
    } finally {
      if (isNew && !isWritten) this.remove(channel, key)
    }
  }

  /** Removes a window that has ended. Idempotent. */
  remove(channel: string, key: string): void {
    const keys = this.#keys.get(channel)
    if (!keys?.delete(key) || keys.size > 0) return
    this.#keys.delete(channel)
    this.#interest.unpin(channel)
  }

  // Resolves when no change of the channel can be missed.
  async #add(channel: string, key: string): Promise<void> {
    const keys = this.#keys.get(channel)
    if (keys) {
      keys.add(key)
      return
    }
    this.#keys.set(channel, new Set([key]))
    await this.#interest.pin(channel)
  }

  has(channel: string, key: string): boolean {
    return this.#keys.get(channel)?.has(key) ?? false
  }

  /** Tells whether anybody types in a channel by this node. */
  isIn(channel: string): boolean {
    return this.#keys.has(channel)
  }
}
