import { CLOSE_CODES } from '@coterie/protocol'
import type { DeliveryClass } from '../ports/engine.ts'
import type { Transport } from '../ports/transport.ts'
import type { Flushable, FlushQueue } from './flush-queue.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

/** What one connection has still to receive; bounded in bytes, written once a tick. */
export class Outbox implements Flushable {
  readonly #transport: Transport
  readonly #flushQueue: FlushQueue
  readonly #maxQueuedBytes: number
  #frames: Uint8Array[] = []
  #queuedBytes = 0
  #isClosed = false

  /** @param maxQueuedBytes bytes that may wait for a receiver that reads too slowly */
  constructor(transport: Transport, flushQueue: FlushQueue, maxQueuedBytes: number) {
    this.#transport = transport
    this.#flushQueue = flushQueue
    this.#maxQueuedBytes = maxQueuedBytes
  }

  /** Queues an event or a change for a receiver that may be too slow for it. */
  push(frame: OutgoingFrame, delivery: DeliveryClass): void {
    if (this.#isClosed) return
    const bytes = frame.bytes(this.#transport.encoding)
    const waiting = this.#queuedBytes + this.#transport.bufferedBytes
    if (waiting > 0 && waiting + bytes.length > this.#maxQueuedBytes) {
      if (delivery === 'volatile') return
      // Whoever is cut off here resumes from its last position and misses nothing.
      this.close(CLOSE_CODES.tooSlow, 'too slow: more is waiting than may be queued')
      return
    }
    this.#queue(bytes)
  }

  /** Queues an answer to something the receiver asked for, which its rate limit bounds. */
  answer(frame: OutgoingFrame): void {
    if (!this.#isClosed) this.#queue(frame.bytes(this.#transport.encoding))
  }

  /** Writes what was collected. */
  flush(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    this.#frames = []
    this.#queuedBytes = 0
    this.#transport.write(frames)
  }

  /** Writes what was collected, then ends the connection. */
  close(code: number, reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.flush()
    this.#transport.close(code, reason)
  }

  #queue(bytes: Uint8Array): void {
    if (this.#frames.length === 0) this.#flushQueue.add(this)
    this.#frames.push(bytes)
    this.#queuedBytes += bytes.length
  }
}
