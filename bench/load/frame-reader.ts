const TEXT = 0x1
const CLOSE = 0x8
const PING = 0x9
const FINAL = 0x80

/** What a reader finds in the bytes of a WebSocket. */
export interface FrameListener {
  /** The text stands in `data` from `start` to before `end`, for the time of the call. */
  onText(data: Buffer, start: number, end: number): void
  onPing(body: Buffer): void
  onClose(code: number, reason: string): void
}

/** Cuts the bytes from a server into frames, without copying what comes whole. */
export class FrameReader {
  readonly #listener: FrameListener
  #rest: Buffer | undefined

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  /** @throws {Error} when the bytes are not unmasked, unfragmented frames */
  push(chunk: Buffer): void {
    const data = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = 0
    while (data.length - at >= 2) {
      const first = data[at] as number
      const short = data[at + 1] as number
      const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10
      if (data.length - at < headerBytes) break
      const length = short < 126 ? short : readLength(data, at + 2, headerBytes)
      const start = at + headerBytes
      if (data.length - start < length) break
      this.#frame(first, data, start, start + length)
      at = start + length
    }
    this.#rest = at < data.length ? data.subarray(at) : undefined
  }

  #frame(first: number, data: Buffer, start: number, end: number): void {
    const kind = first & 0x0f
    if ((first & FINAL) === 0) throw new Error('a server sent a fragment')
    if (kind === TEXT) this.#listener.onText(data, start, end)
    else if (kind === PING) this.#listener.onPing(data.subarray(start, end))
    else if (kind === CLOSE) {
      const code = end - start < 2 ? 1005 : data.readUInt16BE(start)
      this.#listener.onClose(code, data.toString('utf8', start + 2, end))
    } else if (kind !== 0xa) throw new Error(`a server sent a frame of kind ${kind}`)
  }
}

function readLength(data: Buffer, at: number, headerBytes: number): number {
  return headerBytes === 4 ? data.readUInt16BE(at) : Number(data.readBigUInt64BE(at))
}
