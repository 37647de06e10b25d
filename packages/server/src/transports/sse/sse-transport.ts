import type { EncodedFrame, Transport } from '../../ports/transport.ts'
import { closeEvent, sseEvents } from './sse-frame.ts'
import { StreamId } from './stream-id.ts'
import type { StreamSink } from './stream-sink.ts'

const KEEPALIVE = Buffer.from(': keepalive\n\n')
/** How long a peer may take to read the end of its stream, in ms. */
const CLOSE_TIMEOUT_MS = 2_000

/** The options that keep a stream open. */
export interface StreamOptions {
  /** How long a browser waits before it reconnects, in ms. @default 3_000 */
  readonly sseRetryMs?: number
  /** False sends no comments between events; pings are events and continue. @default true */
  readonly sendKeepalive?: boolean
}

/** The transport of one stream of server-sent events. */
export class SseTransport implements Transport {
  readonly kind = 'sse'
  readonly encoding = sseEvents
  readonly remoteAddress: string
  /** Called when the peer has shown that it reads. */
  onAlive: () => void = () => {}
  readonly #id: StreamId
  readonly #retryMs: number
  readonly #sendsKeepalive: boolean
  #early: EncodedFrame[] = []
  #earlyBytes = 0
  #sink: StreamSink | undefined
  #isClosed = false
  #refusal: string | undefined

  /** @param channels the channels whose positions make up every event's `id`, in this order */
  constructor(
    channels: readonly string[],
    remoteAddress: string,
    { sseRetryMs = 3_000, sendKeepalive = true }: StreamOptions = {},
  ) {
    this.remoteAddress = remoteAddress
    this.#retryMs = sseRetryMs
    this.#sendsKeepalive = sendKeepalive
    this.#id = new StreamId(channels)
  }

  /** Sets the position of a channel before its first event. */
  startAt(channel: string, position: string | null): void {
    this.#id.advance(channel, position)
  }

  /** Starts streaming, first the frames written before. */
  begin(sink: StreamSink): void {
    this.#sink = sink
    sink.write(Buffer.from(`retry: ${this.#retryMs}\n\n`))
    const early = this.#early
    this.#early = []
    this.#send(early)
    if (this.#isClosed) end(sink)
  }

  /** Why the hub ended the stream before it started. */
  get refusal(): string | undefined {
    return this.#refusal
  }

  get bufferedBytes(): number {
    return this.#sink?.bufferedBytes ?? this.#earlyBytes
  }

  write(frames: readonly EncodedFrame[]): void {
    if (!this.#isClosed) this.#send(frames)
  }

  // There is no answer to a ping: reading the last bytes is the sign of life.
  ping(): void {
    if (this.#isClosed || !this.#sink) return
    if (this.#sink.bufferedBytes === 0) this.onAlive()
    if (this.#sendsKeepalive) this.#sink.write(KEEPALIVE)
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#send([closeEvent(code, reason)])
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
      for (const { length } of frames) this.#earlyBytes += length
      return
    }
    const chunks: Uint8Array[] = []
    for (const { chunks: frameChunks, place, eventId } of frames) {
      if (place) this.startAt(place.subscription, place.position)
      // A stream without channels cannot resume, so its events may keep their own ids.
      const id = this.#id.hasChannels ? this.#id : (eventId ?? this.#id)
      chunks.push(Buffer.from(`id: ${id}\n`), ...frameChunks)
    }
    this.#sink.write(Buffer.concat(chunks))
  }
}

function end(sink: StreamSink): void {
  sink.end()
  setTimeout(() => sink.destroy(), CLOSE_TIMEOUT_MS).unref()
}
