import type { EncodableFrame } from '../../core/outgoing-frame.ts'
import type { EncodedFrame } from '../../ports/transport.ts'

/** A server-sent event as it stands on a stream, but for the `id` that each stream chooses. */
export class StreamEventFrame implements EncodableFrame {
  readonly #encoded: EncodedFrame

  /** @param eventId the `id` on streams that list no channels */
  constructor(text: string, eventId: string) {
    const bytes = Buffer.from(text)
    this.#encoded = { chunks: [bytes], length: bytes.length, eventId }
  }

  /** In bytes. */
  get length(): number {
    return this.#encoded.length
  }

  /** Only streams get these, and they all have the same encoding. */
  encoded(): EncodedFrame {
    return this.#encoded
  }
}
