const FIRST_BYTES = 4_096

/**
 * Text to which more is added, as bytes that nobody copies.
 *
 * What was returned as bytes stays as it is: what is added lies behind it.
 */
export class GrowingText {
  readonly #separator: string
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #length = 0

  /** @param separator stands between one piece and the next */
  constructor(separator: string) {
    this.#separator = separator
  }

  /** The text so far as UTF-8. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  append(piece: string): void {
    const text = this.#length === 0 ? piece : this.#separator + piece
    const needed = this.#length + Buffer.byteLength(text)
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed)
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    this.#length += this.#buffer.write(text, this.#length)
  }
}
