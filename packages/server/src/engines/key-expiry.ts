import type { Clock } from '../ports/clock.ts'

/** The name of one key in one channel's map. */
export interface KeyName {
  readonly channel: string
  readonly map: string
  readonly key: string
}

/** Expires keys when their time to live ends, unless they are set again before. */
export class KeyExpiry {
  readonly #clock: Clock
  readonly #onExpired: (name: KeyName) => void
  readonly #cancels = new Map<string, () => void>()

  constructor(clock: Clock, onExpired: (name: KeyName) => void) {
    this.#clock = clock
    this.#onExpired = onExpired
  }

  /** Sets a key's time to live in ms; undefined removes the limit. */
  arm(name: KeyName, ttlMs: number | undefined): void {
    const id = JSON.stringify([name.channel, name.map, name.key])
    this.#cancels.get(id)?.()
    this.#cancels.delete(id)
    if (ttlMs === undefined) return
    const cancel = this.#clock.setTimer(() => {
      this.#cancels.delete(id)
      this.#onExpired(name)
    }, ttlMs)
    this.#cancels.set(id, cancel)
  }

  /** Forgets all keys. */
  clear(): void {
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }
}
