/** How long a repeated message id is recognised, in ms. */
export const DEDUP_WINDOW_MS = 300_000

/** Message ids remembered in one window at most. */
const MAX_REMEMBERED = 100_000

interface Remembered<Outcome> {
  readonly result: Outcome
  readonly expiresAtMs: number
}

/** The first result of each recent message id of one channel or map. */
export class DedupWindow<Outcome> {
  // All have the same lifetime, so insertion order is expiry order.
  readonly #results = new Map<string, Remembered<Outcome>>()

  get isEmpty(): boolean {
    return this.#results.size === 0
  }

  find(sender: string, messageId: string, nowMs: number): Outcome | undefined {
    this.trim(nowMs)
    return this.#results.get(dedupKey(sender, messageId))?.result
  }

  remember(sender: string, messageId: string, result: Outcome, nowMs: number): void {
    this.#results.set(dedupKey(sender, messageId), {
      result,
      expiresAtMs: nowMs + DEDUP_WINDOW_MS,
    })
    if (this.#results.size > MAX_REMEMBERED) {
      for (const oldest of this.#results.keys()) {
        this.#results.delete(oldest)
        break
      }
    }
  }

  trim(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.#results) {
      if (expiresAtMs > nowMs) return
      this.#results.delete(key)
    }
  }
}

// The length keeps `a` + `b:c` apart from `a:b` + `c`.
function dedupKey(sender: string, messageId: string): string {
  return `${sender.length}:${sender}:${messageId}`
}
