/** Functions that want to hear of something; one that throws does not stop the others. */
export class ListenerSet<T> {
  // Wrapped, so that the same function added twice is heard twice and taken back once.
  readonly #entries = new Set<{ readonly listener: (value: T) => void }>()
  readonly #report: (error: unknown) => void

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  /** Adds a listener; the returned function takes it back. */
  add(listener: (value: T) => void): () => void {
    const entry = { listener }
    this.#entries.add(entry)
    return () => {
      this.#entries.delete(entry)
    }
  }

  /** Calls every listener that is still there when its turn comes, in the order they came. */
  emit(value: T): void {
    for (const entry of [...this.#entries]) {
      if (!this.#entries.has(entry)) continue
      try {
        entry.listener(value)
      } catch (error) {
        this.#report(error)
      }
    }
  }

  /** True when nobody listens. */
  get isEmpty(): boolean {
    return this.#entries.size === 0
  }
}
