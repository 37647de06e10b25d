/** Number of unused values to keep: a recently used value is often used again. */
const MAX_UNUSED = 256

/** A value that can tell whether it is in use. */
export interface Reclaimable {
  readonly isUnused: boolean
}

/**
 * Values by name; a name keeps its value as long as anybody holds it.
 *
 * Keeps the values in use and the most recent unused ones. Any other value
 * stays alive only while the application itself holds it.
 */
export class ReclaimingMap<Value extends Reclaimable> {
  /** In order of insertion; values that were checked and found in use move to the end. */
  readonly #kept = new Map<string, Value>()
  readonly #released = new Map<string, WeakRef<Value>>()
  readonly #collected = new FinalizationRegistry<string>((name) => {
    if (!this.#released.get(name)?.deref()) this.#released.delete(name)
  })

  /** Returns the value of a name; undefined when it is gone. */
  get(name: string): Value | undefined {
    return this.#kept.get(name) ?? this.#released.get(name)?.deref()
  }

  /** Keeps a value that is used now. */
  keep(name: string, value: Value): void {
    if (this.#kept.has(name)) return
    if (this.#released.delete(name)) this.#collected.unregister(value)
    this.#kept.set(name, value)
    // Two per insertion, so that the scan gets past the values that are still in use.
    this.#releaseOldest(MAX_UNUSED)
    this.#releaseOldest(MAX_UNUSED)
  }

  /** Releases all unused values. */
  releaseUnused(): void {
    for (let left = this.#kept.size; left > 0; left -= 1) this.#releaseOldest(0)
  }

  /** Lists all values that are alive. */
  *values(): Generator<Value> {
    yield* [...this.#kept.values()]
    for (const reference of [...this.#released.values()]) {
      const value = reference.deref()
      if (value) yield value
    }
  }

  #releaseOldest(maxKept: number): void {
    const [oldest] = this.#kept
    if (!oldest || this.#kept.size <= maxKept) return
    const [name, value] = oldest
    this.#kept.delete(name)
    if (value.isUnused) {
      this.#released.set(name, new WeakRef(value))
      this.#collected.register(value, name, value)
    } else {
      this.#kept.set(name, value)
    }
  }
}
