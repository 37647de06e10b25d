/** How frames become bytes for one kind of transport. One object serves all its connections. */
export interface Encoding {
  /**
   * Encodes one frame.
   *
   * @param type the frame's `type`
   * @param fields the frame's other fields as the text of a JSON object
   */
  encode(type: string, fields: string): Uint8Array
}

/** The hub's side of one socket or stream. Sockets are touched nowhere else. */
export interface Transport {
  readonly encoding: Encoding

  /** Where the peer comes from, for logs and limits; never an identity. */
  readonly remoteAddress: string

  /** Bytes accepted by `write` that the peer has not taken yet. */
  readonly bufferedBytes: number

  /** Sends encoded frames in order, as one write where the transport can. Never throws. */
  write(chunks: readonly Uint8Array[]): void

  /** Asks the peer for a sign of life; the transport reports it as `onAlive`. */
  ping(): void

  /** Ends the connection after what was written. Twice is once. */
  close(code: number, reason: string): void

  /** Ends the connection at once, for a peer that no longer answers. */
  terminate(): void
}
