import { encodeServerFrame, type FieldsOf, type ServerFrameType } from '@coterie/protocol'
import type { EncodedFrame, Encoding, FramePlace, TextPieces } from '../ports/transport.ts'

/** A frame that is encoded once for all receivers of an encoding. */
export interface EncodableFrame {
  /** Returns the same object for the same encoding. */
  encoded(encoding: Encoding): EncodedFrame
}

/** An outgoing frame: its text is made once, its bytes once per encoding. */
export class OutgoingFrame implements EncodableFrame {
  readonly #type: ServerFrameType
  readonly #fields: TextPieces
  readonly #place: FramePlace | undefined
  #encoding: Encoding | undefined
  #encoded: EncodedFrame | undefined
  #others: Map<Encoding, EncodedFrame> | undefined

  /** Makes a frame of the fields in its schema. */
  static of<Type extends ServerFrameType>(
    type: Type,
    fields: FieldsOf<Type>,
    place?: FramePlace,
  ): OutgoingFrame {
    return new OutgoingFrame(type, JSON.stringify(fields), place)
  }

  /**
   * Makes a frame of text. `tests/frames/written-frames.test.ts` compares the texts
   * of all callers with the schemas of their frames.
   *
   * @param fields the frame's other fields as the text of a JSON object
   */
  constructor(type: ServerFrameType, fields: string | TextPieces, place?: FramePlace) {
    this.#type = type
    this.#fields = typeof fields === 'string' ? [fields] : fields
    this.#place = place
  }

  /** The frame as the text of a JSON object. */
  get text(): string {
    return encodeServerFrame(this.#type, this.#fields.join(''))
  }

  /** Returns the frame as bytes; the same object for every receiver of an encoding. */
  encoded(encoding: Encoding): EncodedFrame {
    // There is nearly always one encoding, and a comparison is cheaper than a map.
    if (this.#encoding === encoding && this.#encoded) return this.#encoded
    const known = this.#others?.get(encoding)
    if (known) return known
    const encoded = encoding.encode(this.#type, this.#fields, this.#place)
    if (this.#encoding === undefined) {
      this.#encoding = encoding
      this.#encoded = encoded
    } else {
      this.#others ??= new Map()
      this.#others.set(encoding, encoded)
    }
    return encoded
  }
}
