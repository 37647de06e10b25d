// What is sent again was not acknowledged yet, and of that there is never so much.
const MAX_IDS = 10_000

/** Remembers which notifications were told of, so that each is told of once. */
export class Announced {
  readonly #ids = new Set<string>()

  /** Notes one; false when it was told of before. */
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
