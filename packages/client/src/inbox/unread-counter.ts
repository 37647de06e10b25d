/** The unread count: the server's last number, corrected by later local knowledge. */
export class UnreadCounter {
  #count = 0
  #version = 0

  get count(): number {
    return this.#count
  }

  /** Takes the server's current number. */
  set(count: number): void {
    this.#version += 1
    this.#count = count
  }

  /** Subtracts notifications that are no longer unread, until the server sends a number. */
  subtract(count: number): void {
    if (count > 0) this.set(Math.max(0, this.#count - count))
  }

  /**
   * Begins a request for the count; the returned function takes its answer.
   *
   * A change during the request is newer than its answer, or in a frame that follows.
   */
  ask(): (count: number) => void {
    const version = this.#version
    return (count) => {
      if (version === this.#version) this.#count = count
    }
  }
}
