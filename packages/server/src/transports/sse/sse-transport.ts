import type { EncodedFrame, Transport } from '../../ports/transport.ts'
import { SSE_RETRY_MS, sseEvents } from './sse-frame.ts'
import type { StreamSink } from './stream-sink.ts'

const KEEPALIVE = Buffer.from(': keepalive\n\n')
/** How long a peer may take to read the end of its stream, in ms. */
const CLOSE_TIMEOUT_MS = 2_000
/** Stands in an `id` for a channel that no position is known of. */
const NO_POSITION = '-'

/** Lets the hub write to one stream of server-sent events. */
export class SseTransport implements Transport {
  readonly kind = 'sse'
  readonly encoding = sseEvents
  readonly remoteAddress: string
  /** Called when the peer has shown that it takes what is written. */
  onAlive: () => void = () => {}
  readonly #indexes: ReadonlyMap<string, number>
  readonly #positions: string[]
  #early: EncodedFrame[] = []
  #sink: StreamSink | undefined
  #isClosed = false
  #refusal: string | undefined

  /** @param channels those whose positions make up the `id` of every event, in this order */
  constructor(channels: readonly string[], remoteAddress: string) {
    this.remoteAddress = remoteAddress
    this.#indexes = new Map(channels.map((channel, index) => [channel, index]))
    this.#positions = channels.map(() => NO_POSITION)
  }

  /** Sets where a channel stands before its first event. */
  startAt(channel: string, position: string | null): void {
    const index = this.#indexes.get(channel)
    if (index !== undefined) this.#positions[index] = position ?? NO_POSITION
  }

  /** Begins to stream: first what was written before. */
  begin(sink: StreamSink): void {
    this.#sink = sink
    sink.write(Buffer.from(`retry: ${SSE_RETRY_MS}\n\n`))
    const early = this.#early
    this.#early = []
    this.#send(early)
    if (this.#isClosed) end(sink)
  }

  /** Why the hub ended the stream before it began. */
  get refusal(): string | undefined {
    return this.#refusal
  }

  get bufferedBytes(): number {
    return this.#sink?.bufferedBytes ?? 0
  }

  write(frames: readonly EncodedFrame[]): void {
    if (!this.#isClosed) this.#send(frames)
  }

  // There is no answer to wait for: that the last bytes were taken is the sign of life.
  ping(): void {
    if (this.#isClosed || !this.#sink) return
    if (this.#sink.bufferedBytes === 0) this.onAlive()
    this.#sink.write(KEEPALIVE)
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#send([sseEvents.encode('close', [JSON.stringify({ code, reason })])])
    if (this.#sink) end(this.#sink)
    else this.#refusal = reason
  }

  terminate(): void {
    this.#isClosed = true
    this.#sink?.destroy()
  }

  #send(frames: readonly EncodedFrame[]): void {
    if (frames.length === 0) return
    if (!this.#sink) {
      this.#early.push(...frames)
      return
    }
    const chunks: Uint8Array[] = []
    for (const { chunks: frameChunks, place } of frames) {
      if (place) this.startAt(place.subscription, place.position)
      chunks.push(Buffer.from(`id: ${this.#id}\n`), ...frameChunks)
    }
    this.#sink.write(Buffer.concat(chunks))
  }

  get #id(): string {
    return this.#positions.length === 0 ? NO_POSITION : this.#positions.join(',')
  }
}

function end(sink: StreamSink): void {
  sink.end()
  setTimeout(() => sink.destroy(), CLOSE_TIMEOUT_MS).unref()
}
