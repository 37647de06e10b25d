import type { Encoding } from '../ports/transport.ts'

/** A frame on its way out: its text is made once, its bytes once per encoding. */
export class OutgoingFrame {
  readonly #type: string
  readonly #fields: string
  #encoding: Encoding | undefined
  #bytes: Uint8Array | undefined
  #others: Map<Encoding, Uint8Array> | undefined

  /**
   * @param type the frame's `type`
   * @param fields the frame's other fields as the text of a JSON object
   */
  constructor(type: string, fields: string) {
    this.#type = type
    this.#fields = fields
  }

  /** Returns the frame's bytes; the same array for every receiver of an encoding. */
  bytes(encoding: Encoding): Uint8Array {
    // Nearly always there is one encoding, and a comparison is cheaper than a map.
    if (this.#encoding === encoding && this.#bytes) return this.#bytes
    const known = this.#others?.get(encoding)
    if (known) return known
    const bytes = encoding.encode(this.#type, this.#fields)
    if (this.#encoding === undefined) {
      this.#encoding = encoding
      this.#bytes = bytes
    } else {
      this.#others ??= new Map()
      this.#others.set(encoding, bytes)
    }
    return bytes
  }
}
