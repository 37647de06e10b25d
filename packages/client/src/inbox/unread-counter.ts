/** How many are unread by what the server said last, and what this side knows since. */
export class UnreadCounter {
  #count = 0
  #version = 0

  get count(): number {
    return this.#count
  }

  /** Takes what the server said of this moment. */
  set(count: number): void {
    this.#version += 1
    this.#count = count
  }

  /** Notes that so many are unread no longer, until the server says a number. */
  subtract(count: number): void {
    if (count > 0) this.set(Math.max(0, this.#count - count))
  }

  /**
   * Takes an answer to a question; the returned function does it.
   *
   * What changed while the server was asked is newer than its answer, or in a frame to come.
   */
  ask(): (count: number) => void {
    const version = this.#version
    return (count) => {
      if (version === this.#version) this.#count = count
    }
  }
}
