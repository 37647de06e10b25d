import { CLOSE_CODES, type Position } from '@coterie/protocol'
import type { EventRecord } from '../ports/engine.ts'
import type { EncodedFrame, Transport } from '../ports/transport.ts'
import type { DeliveryFigures } from './delivery-figures.ts'
import { EventFrames } from './event-frames.ts'
import type { Flushable, FlushQueue } from './flush-queue.ts'
import type { LogReader } from './log-reader.ts'
import type { LogSubscription } from './log-subscription.ts'
import type { EncodableFrame } from './outgoing-frame.ts'
import { type Behind, SlowReceiver } from './slow-receiver.ts'
import type { StallWatch } from './stall-watch.ts'

/** A tick collects this many times `congestedBytes`, then tests if the peer reads. */
const MAX_TICK_CHUNKS = 4

/** The settings that all outboxes of a hub share. */
export interface OutboxContext {
  readonly flushQueue: FlushQueue
  readonly stallWatch: StallWatch
  readonly logs: Pick<LogReader, 'read' | 'isFor'>
  /** Frames of events read from logs; shared, so that each is made once for all. */
  readonly frames?: EventFrames
  readonly figures: DeliveryFigures
  /** Bytes that may wait for a slow receiver. */
  readonly maxQueuedBytes: number
  /** A transport with more buffered bytes than this belongs to a slow receiver. */
  readonly congestedBytes: number
}

/** The outgoing queue of one connection; limited in bytes, written once per tick. */
export class Outbox implements Flushable {
  readonly #transport: Transport
  readonly #context: OutboxContext
  #frames: EncodedFrame[] = []
  #tickBytes = 0
  #slow: SlowReceiver | undefined
  #awaitsFlush = false
  #isClosed = false
  #closeCode: number | undefined
  #whenTaken: (() => void)[] = []

  constructor(transport: Transport, context: OutboxContext) {
    this.#transport = transport
    this.#context = context
  }

  /** Bytes waiting here and in the transport. */
  get queuedBytes(): number {
    return this.#tickBytes + (this.#slow?.queuedBytes ?? 0) + this.#transport.bufferedBytes
  }

  /** Bytes waiting because the peer did not read them; 0 while it keeps up. */
  get untakenBytes(): number {
    if (this.#isClosed) return 0
    return this.#slow || this.#awaitsFlush ? this.queuedBytes : 0
  }

  /** True while the receiver reads more slowly than it should. */
  get isSlow(): boolean {
    return this.#slow !== undefined
  }

  /** Subscriptions that are catching up from their log. */
  get behind(): number {
    return this.#slow?.behind ?? 0
  }

  /** The code that the connection was closed with; undefined before. */
  get closeCode(): number | undefined {
    return this.#closeCode
  }

  /**
   * Queues an event; for a slow receiver, as the event's class requires.
   *
   * @param membership the subscription of the event; without it, no log can repeat the event
   */
  event(membership: LogSubscription | undefined, record: EventRecord, frame: EncodableFrame): void {
    if (this.#isClosed) return
    const encoded = frame.encoded(this.#transport.encoding)
    if (this.#slow) this.#slow.event(membership, record, encoded)
    else this.#collect(encoded)
    this.#awaitFlush()
  }

  /** Queues a signal, which may be dropped. */
  signal(frame: EncodableFrame): void {
    if (this.#isClosed) return
    const encoded = frame.encoded(this.#transport.encoding)
    if (this.#slow) this.#slow.volatile(encoded, undefined)
    else this.#collect(encoded)
    this.#awaitFlush()
  }

  /** Queues a frame that must arrive: an answer, or a change that others build on. */
  send(frame: EncodableFrame): void {
    if (this.#isClosed) return
    const encoded = frame.encoded(this.#transport.encoding)
    if (this.#slow) this.#slow.keep(encoded)
    else this.#collect(encoded)
    this.#awaitFlush()
  }

  /**
   * Resolves once the queued frames were sent to a receiver that keeps up, so
   * that more may follow, or once the connection has ended.
   */
  taken(): Promise<void> {
    if (this.#isClosed || (!this.#slow && !this.#awaitsFlush)) return Promise.resolve()
    return new Promise((resolve) => this.#whenTaken.push(resolve))
  }

  /** Skips logged events up to `seen`, to read them later from the log. */
  fallBehind(membership: LogSubscription, after: Position, seen: Position): void {
    if (this.#isClosed) return
    this.#write()
    const slow = this.#slowDown()
    slow.fallBehind(membership, after, seen)
    slow.drain()
  }

  /** Sends the events of a log page by page as the receiver reads, before live ones. */
  readOn(membership: LogSubscription, behind: Behind): void {
    if (this.#isClosed) return
    this.#write()
    const slow = this.#slowDown()
    slow.readOn(membership, behind)
    slow.drain()
  }

  /** Forgets what a subscription had to catch up on. */
  forget(membership: LogSubscription): void {
    this.#slow?.forget(membership)
  }

  /** Writes what was collected in this tick. */
  flush(): void {
    this.#awaitsFlush = false
    if (this.#slow) this.#drain(this.#slow)
    else this.#write()
    if (!this.#slow) this.#tellTaken()
  }

  /** Continues after the transport has sent what it buffered. */
  drained(): void {
    if (!this.#slow) return
    this.#context.stallWatch.progressed(this)
    this.#drain(this.#slow)
  }

  /** Bytes that the transport has accepted and the peer has not read. */
  get bufferedBytes(): number {
    return this.#transport.bufferedBytes
  }

  /** Closes the connection of a receiver that reads nothing for too long. */
  giveUp(): void {
    this.#tooSlow('too slow: nothing was taken for too long')
    // The close frame itself would wait behind all unread bytes.
    this.#transport.terminate()
  }

  /** Writes what was collected, then ends the connection. */
  close(code: number, reason: string): void {
    if (this.#isClosed) return
    this.#closeCode = code
    this.#write()
    this.end()
    this.#transport.close(code, reason)
  }

  /** Releases everything after the connection has ended. */
  end(): void {
    this.#isClosed = true
    this.#slow?.end()
    this.#slow = undefined
    this.#context.stallWatch.remove(this)
    this.#tellTaken()
  }

  #tellTaken(): void {
    if (this.#whenTaken.length === 0) return
    const waiting = this.#whenTaken
    this.#whenTaken = []
    for (const resolve of waiting) resolve()
  }

  #awaitFlush(): void {
    if (this.#awaitsFlush) return
    this.#awaitsFlush = true
    this.#context.flushQueue.add(this)
  }

  #drain(slow: SlowReceiver): void {
    slow.drain()
    if (slow.keepsUp) this.#speedUp()
  }

  #collect(frame: EncodedFrame): void {
    this.#frames.push(frame)
    this.#tickBytes += frame.length
    if (this.#tickBytes > MAX_TICK_CHUNKS * this.#context.congestedBytes) this.#write()
  }

  #write(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    const { figures } = this.#context
    figures.framesSent += frames.length
    figures.bytesSent += this.#tickBytes
    this.#frames = []
    this.#tickBytes = 0
    this.#transport.write(frames)
    if (this.#transport.bufferedBytes > this.#context.congestedBytes) this.#slowDown()
  }

  #slowDown(): SlowReceiver {
    if (this.#slow) return this.#slow
    const { stallWatch, logs, figures, maxQueuedBytes, congestedBytes } = this.#context
    const { frames = new EventFrames() } = this.#context
    this.#slow = new SlowReceiver({
      transport: this.#transport,
      maxQueuedBytes,
      chunkBytes: congestedBytes,
      logs,
      frames,
      figures,
      onKeepsUp: () => this.#speedUp(),
      onOverflow: () => this.#tooSlow('too slow: more is waiting than may be queued'),
      onBroken: () => this.#tooSlow('too slow: the log lost what was still to be replayed'),
      onUnavailable: () => this.close(CLOSE_CODES.unavailable, 'the log cannot be read now'),
    })
    stallWatch.add(this)
    return this.#slow
  }

  #speedUp(): void {
    if (this.#transport.bufferedBytes >= this.#context.congestedBytes) return
    this.#slow = undefined
    this.#context.stallWatch.remove(this)
    this.#tellTaken()
  }

  #tooSlow(reason: string): void {
    if (this.#isClosed) return
    this.#context.figures.closedTooSlow += 1
    this.close(CLOSE_CODES.tooSlow, reason)
  }
}
