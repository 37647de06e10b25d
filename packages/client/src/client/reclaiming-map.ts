/** Values that nobody uses are kept up to this many, since what was used lately mostly is again. */
const MAX_UNUSED = 256

/** What can tell whether it is used. */
export interface Reclaimable {
  readonly isUnused: boolean
}

/**
 * Values by their names, the same one for a name as long as anybody has it.
 *
 * Values in use are kept, and the last of the others. Of the rest only those
 * live on that the application holds itself.
 */
export class ReclaimingMap<Value extends Reclaimable> {
  /** In the order in which they came; those that were looked at and are in use come last. */
  readonly #kept = new Map<string, Value>()
  readonly #released = new Map<string, WeakRef<Value>>()
  readonly #collected = new FinalizationRegistry<string>((name) => {
    if (!this.#released.get(name)?.deref()) this.#released.delete(name)
  })

  /** Returns the value of a name; undefined where there is none any more. */
  get(name: string): Value | undefined {
    return this.#kept.get(name) ?? this.#released.get(name)?.deref()
  }

  /** Keeps a value as one that is used now. */
  keep(name: string, value: Value): void {
    if (this.#kept.has(name)) return
    if (this.#released.delete(name)) this.#collected.unregister(value)
    this.#kept.set(name, value)
    // Two for each that comes: so those that are still in use are passed over in time.
    this.#releaseOldest(MAX_UNUSED)
    this.#releaseOldest(MAX_UNUSED)
  }

  /** Lets go of all that nobody uses. */
  releaseUnused(): void {
    for (let left = this.#kept.size; left > 0; left -= 1) this.#releaseOldest(0)
  }

  /** Lists all that live. */
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
