import type { ListenerCount } from './listener-count.ts'

/** A set of listeners; one that throws does not stop the others. */
export class ListenerSet<T> {
  // Wrapped, so that a function added twice is called twice and each removal removes one.
  readonly #entries = new Set<{ readonly listener: (value: T) => void }>()
  readonly #report: (error: unknown) => void
  readonly #count: ListenerCount | undefined

  constructor(report: (error: unknown) => void, count?: ListenerCount) {
    this.#report = report
    this.#count = count
  }

  /** Adds a listener; the returned function removes it. */
  add(listener: (value: T) => void): () => void {
    const entry = { listener }
    this.#entries.add(entry)
    this.#count?.add()
    return () => {
      if (this.#entries.delete(entry)) this.#count?.remove()
    }
  }

  /** Calls the listeners in the order of their addition, unless removed before their turn. */
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
