/** How many listen to the parts of something, and word of each use of a part. */
export class ListenerCount {
  readonly #onUsed: () => void
  #listeners = 0

  /** @param onUsed called whenever a part is used; holding it, a part holds the whole */
  constructor(onUsed: () => void) {
    this.#onUsed = onUsed
  }

  /** True where nobody listens. */
  get isZero(): boolean {
    return this.#listeners === 0
  }

  /** Notes that one more listens. */
  add(): void {
    this.#listeners += 1
    this.#onUsed()
  }

  /** Notes that one has stopped. */
  remove(): void {
    this.#listeners -= 1
  }

  /** Notes a use that leaves no listener. */
  used(): void {
    this.#onUsed()
  }
}
