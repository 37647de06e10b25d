import type { ListenerCount } from './listener-count.ts'

/** Functions that want to hear of something; one that throws does not stop the others. */
export class ListenerSet<T> {
  // Wrapped, so that the same function added twice is heard twice and taken back once.
  readonly #entries = new Set<{ readonly listener: (value: T) => void }>()
  readonly #report: (error: unknown) => void
  readonly #count: ListenerCount | undefined

  constructor(report: (error: unknown) => void, count?: ListenerCount) {
    this.#report = report
    this.#count = count
  }

  /** Adds a listener; the returned function takes it back. */
  add(listener: (value: T) => void): () => void {
    const entry = { listener }
    this.#entries.add(entry)
    this.#count?.add()
    return () => {
      if (this.#entries.delete(entry)) this.#count?.remove()
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
