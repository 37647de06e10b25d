import type { ServerFrameType } from '@coterie/protocol'

/** Where an event stands for one subscription, for receivers that resume by it. */
export interface FramePlace {
  /** The channel's name, or the pattern. */
  readonly subscription: string
  /** The position to resume from once the frame was received. */
  readonly position: string
}

/** A text in pieces, of which those that many frames contain are UTF-8 already. */
export type TextPieces = readonly (string | Buffer)[]

/** A frame as the bytes of one kind of transport, shared by all its receivers. */
export interface EncodedFrame {
  /** The frame is these, one after the other; one that many frames contain is the same in all. */
  readonly chunks: readonly Uint8Array[]
  /** All of them together, in bytes. */
  readonly length: number
  readonly place?: FramePlace | undefined
  /** The event's own id, for streams without positions to show. Without line end or NUL. */
  readonly eventId?: string | undefined
}

/** How frames become bytes for one kind of transport. One object serves all its connections. */
export interface Encoding {
  /**
   * Encodes one frame.
   *
   * @param fields the frame's other fields as the text of a JSON object, the first piece not empty
   */
  encode(type: ServerFrameType, fields: TextPieces, place?: FramePlace): EncodedFrame
}

/** What carries a connection. */
export type TransportKind = 'websocket' | 'sse' | 'local'

/**
 * The hub's side of one socket or stream. Sockets are touched nowhere else.
 *
 * Whenever `bufferedBytes` has fallen to nothing after it grew, the transport
 * reports it to its peer as `drained`.
 */
export interface Transport {
  readonly kind: TransportKind

  readonly encoding: Encoding

  /** Where the peer comes from, for logs and limits; never an identity. */
  readonly remoteAddress: string

  /** Bytes accepted by `write` that the peer has not taken yet. */
  readonly bufferedBytes: number

  /** Sends encoded frames in order, as one write where the transport can. Never throws. */
  write(frames: readonly EncodedFrame[]): void

  /** Asks the peer for a sign of life; the transport reports it as `sawLife`. */
  ping(): void

  /** Ends the connection after what was written. Repeating it changes nothing. */
  close(code: number, reason: string): void

  /** Ends the connection at once, for a peer that no longer answers. */
  terminate(): void
}
