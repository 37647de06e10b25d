/** Counts the listeners to the parts of an object, and reports each use of a part. */
export class ListenerCount {
  readonly #onUsed: () => void
  #listeners = 0

  /** @param onUsed called whenever a part is used; through it, a part keeps the whole alive */
  constructor(onUsed: () => void) {
    this.#onUsed = onUsed
  }

  /** True when nobody listens. */
  get isZero(): boolean {
    return this.#listeners === 0
  }

  /** Adds a listener. */
  add(): void {
    this.#listeners += 1
    this.#onUsed()
  }

  /** Removes a listener. */
  remove(): void {
    this.#listeners -= 1
  }

  /** Reports a use that leaves no listener. */
  used(): void {
    this.#onUsed()
  }
}
