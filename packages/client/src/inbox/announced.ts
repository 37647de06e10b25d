// Only unacknowledged notifications are resent, and there are never so many of those.
const MAX_IDS = 10_000

/** Remembers reported notifications, so that each is reported once. */
export class Announced {
  readonly #ids = new Set<string>()

  /** Notes a notification; false when it was reported before. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    const [oldest] = this.#ids
    if (this.#ids.size > MAX_IDS && oldest !== undefined) this.#ids.delete(oldest)
    return true
  }

  clear(): void {
    this.#ids.clear()
  }
}
