import type { Position, RecoveryFailure, Result } from '@coterie/protocol'
import type { EventRecord, LogHole, LogPage } from '../ports/engine.ts'
import type { EncodedFrame, Transport } from '../ports/transport.ts'
import type { DeliveryFigures } from './delivery-figures.ts'
import { logGapFrame } from './event-frame.ts'
import type { EventFrames } from './event-frames.ts'
import type { LogReader } from './log-reader.ts'
import { type LogSubscription, placeOf } from './log-subscription.ts'
import { SlowQueue } from './slow-queue.ts'

const PAGE_EVENTS = 100
/** Bytes of answers and changes that may wait beyond the limit for events. */
const MAX_KEPT_BYTES = 16 * 1_048_576

const NO_HOLES: readonly LogHole[] = []

/** The parts of the hub that serving a slow receiver needs. */
export interface SlowReceiverParts {
  readonly transport: Transport
  /** Bytes that may wait. */
  readonly maxQueuedBytes: number
  /** Bytes written at once; the next chunk is chosen when the peer has read this one. */
  readonly chunkBytes: number
  readonly logs: Pick<LogReader, 'read' | 'isFor'>
  readonly frames: EventFrames
  readonly figures: DeliveryFigures
  /** Everything that waited was written. */
  readonly onKeepsUp: () => void
  /** Too much waits, and none of it can be dropped: the connection must be closed. */
  readonly onOverflow: () => void
  /** The log lost events that had been promised. */
  readonly onBroken: () => void
  /** The log cannot be read at the moment. */
  readonly onUnavailable: () => void
}

/** A subscription that is behind its log. */
export interface Behind {
  /** Events up to this one were queued. */
  after: Position
  /** The newest event to read, whether missed or skipped since. */
  seen: Position
  /** Events up to this one were promised: if one is lost, the connection ends. */
  readonly promised?: Position | undefined
  /** Reads pages that are charged to the receiver; undefined if they are free. */
  readonly readPage?: ReadLogPage | undefined
}

/** Reads a page of limited characters once its turn comes; undefined after the end. */
export type ReadLogPage = (
  maxCharacters: number,
  read: () => Promise<Result<LogPage, RecoveryFailure>>,
) => Promise<Result<LogPage, RecoveryFailure> | undefined>

/** Serves a connection while it reads more slowly than it should. */
export class SlowReceiver {
  readonly #parts: SlowReceiverParts
  readonly #queue: SlowQueue
  readonly #behind = new Map<LogSubscription, Behind>()
  /** Those of them whose events were skipped because the receiver was slow. */
  readonly #paused = new Set<LogSubscription>()
  #isReading = false
  #isEnded = false

  constructor(parts: SlowReceiverParts) {
    this.#parts = parts
    this.#queue = new SlowQueue(parts.transport.encoding)
  }

  /** Bytes that wait in the hub. */
  get queuedBytes(): number {
    return this.#queue.bytes
  }

  /** Subscriptions that are catching up from their log. */
  get behind(): number {
    return this.#behind.size
  }

  /** True when nothing waits, so that the normal path can serve the connection. */
  get keepsUp(): boolean {
    return this.#queue.isEmpty && this.#behind.size === 0
  }

  /** Queues a frame that must not be dropped. */
  keep(frame: EncodedFrame): void {
    this.#queue.keep(frame)
    while (!this.#fits(undefined)) if (!this.#dropVolatile() && !this.#dropUnlogged()) break
    this.#checkOverflow()
  }

  /** Queues a volatile frame; it replaces one with the same key, if it has a key. */
  volatile(frame: EncodedFrame, key: string | undefined): void {
    if (this.#queue.addVolatile(frame, key)) this.#parts.figures.volatileDropped += 1
    while (!this.#fits(undefined)) if (!this.#dropVolatile()) return
  }

  /** Queues or skips an event, as the class of the event requires. */
  event(membership: LogSubscription | undefined, record: EventRecord, frame: EncodedFrame): void {
    const place = membership && placeOf(membership, record)
    if (record.delivery === 'volatile') {
      this.volatile(frame, conflationKey(record))
    } else if (record.delivery === 'logged' && place) {
      this.#logged(membership, place, frame)
    } else {
      const pattern = membership?.isPattern ? membership.channel : undefined
      this.#queue.addUnlogged(frame, { channel: record.channel, pattern })
      while (!this.#fits(undefined)) if (!this.#dropVolatile() && !this.#dropUnlogged()) break
      this.#checkOverflow()
    }
  }

  /** Skips events of a log for now, to read them once the receiver reads more. */
  fallBehind(membership: LogSubscription, after: Position, seen: Position): void {
    const known = this.#behind.get(membership)
    if (known) {
      if (isAhead(seen, known.seen)) known.seen = seen
      return
    }
    this.#behind.set(membership, { after, seen })
    this.#paused.add(membership)
    this.#parts.figures.paused += 1
  }

  /** Starts reading the events that a subscription missed before it joined. */
  readOn(membership: LogSubscription, behind: Behind): void {
    this.#behind.set(membership, behind)
  }

  /** Forgets that a subscription has to catch up. */
  forget(membership: LogSubscription): void {
    this.#behind.delete(membership)
    this.#paused.delete(membership)
  }

  /** Writes what waits while the receiver reads it, then reads on in the logs. */
  drain(): void {
    const { transport, chunkBytes, figures } = this.#parts
    while (!this.#queue.isEmpty && transport.bufferedBytes < chunkBytes) {
      const waiting = this.#queue.bytes
      const frames = this.#queue.take(chunkBytes)
      figures.framesSent += frames.length
      figures.bytesSent += waiting - this.#queue.bytes
      transport.write(frames)
    }
    if (this.#isReading || !this.#queue.isEmpty || this.#behind.size === 0) return
    if (transport.bufferedBytes < chunkBytes) void this.#catchUp()
  }

  /** Ends for good: pages being read are not sent any longer. */
  end(): void {
    this.#isEnded = true
    this.#behind.clear()
  }

  #logged(membership: LogSubscription, place: Position, frame: EncodedFrame): void {
    const behind = this.#behind.get(membership)
    if (behind) {
      // Fan-out may still bring events that the join has read from the log.
      if (isAhead(place, behind.seen)) behind.seen = place
      return
    }
    while (!this.#fits(frame)) {
      if (this.#dropVolatile()) continue
      const after = { epoch: place.epoch, offset: place.offset - 1 }
      this.fallBehind(membership, after, place)
      return
    }
    this.#queue.keep(frame)
  }

  async #catchUp(): Promise<void> {
    this.#isReading = true
    try {
      for (const [membership, behind] of this.#behind) {
        await this.#readOn(membership, behind)
        if (!this.#queue.isEmpty) break
      }
    } catch {
      this.#parts.onUnavailable()
    } finally {
      this.#isReading = false
    }
    if (this.#isEnded) return
    this.drain()
    if (this.keepsUp) this.#parts.onKeepsUp()
  }

  async #readOn(membership: LogSubscription, behind: Behind): Promise<void> {
    const { logs, figures, chunkBytes } = this.#parts
    const { after } = behind
    // Pages end at fixed positions, so that all receivers share them.
    const limits = { limit: PAGE_EVENTS, maxCharacters: chunkBytes }
    const limit = PAGE_EVENTS - (after.offset % PAGE_EVENTS)
    const { channel } = membership
    const read = (): Promise<Result<LogPage, RecoveryFailure>> =>
      logs.read(channel, { ...limits, limit, since: after })
    const page = await (behind.readPage ? behind.readPage(chunkBytes, read) : read())
    if (!page || this.#behind.get(membership) !== behind) return
    if (page.ok) {
      this.#queuePage(membership, behind, page.value)
      return
    }
    const isDamaged = page.error === 'damaged'
    // Reconnecting reports trimmed events, though it cannot restore them; a gap says more of damage.
    if (!isDamaged && behind.promised && isAhead(behind.promised, after)) {
      this.#parts.onBroken()
      return
    }
    if (isDamaged && !membership.isPattern) {
      const rest = await logs.read(channel, { ...limits, since: behind.after, partial: true })
      if (this.#behind.get(membership) !== behind) return
      if (rest.ok) {
        this.#queuePage(membership, behind, rest.value)
        return
      }
    }
    const rest = membership.isPattern ? undefined : await logs.read(channel, limits)
    const newest = await logs.read(channel, { limit: 1, reverse: true })
    if (this.#behind.get(membership) !== behind || !newest.ok) return
    const first = rest?.ok ? rest.value.events[0]?.position : undefined
    const { top } = newest.value
    const next = first ?? { epoch: top.epoch, offset: top.offset + 1 }
    const gap = { subscription: channel, after: behind.after, next, reason: page.error }
    this.#queue.keep(logGapFrame(gap).encoded(this.#parts.transport.encoding))
    figures.logGaps += 1
    behind.after = { epoch: next.epoch, offset: next.offset - 1 }
    // Events skipped in an earlier epoch of the log are part of the gap.
    if (behind.seen.epoch !== top.epoch) behind.seen = behind.after
    if (!isAhead(behind.seen, behind.after)) this.#caughtUp(membership, behind)
  }

  #queuePage(membership: LogSubscription, behind: Behind, page: LogPage): void {
    const { events, top, isEnd, damaged: holes = NO_HOLES } = page
    const { logs, frames, transport } = this.#parts
    const pattern = membership.isPattern ? membership.channel : undefined
    for (const record of events) {
      const place = placeOf(membership, record)
      if (place) this.#queueHoles(membership, behind, holes, place.offset)
      behind.after = place ?? behind.after
      if (!logs.isFor(membership, record)) continue
      this.#queue.keep(frames.of(record, pattern).encoded(transport.encoding))
    }
    this.#queueHoles(membership, behind, holes, Number.POSITIVE_INFINITY)
    if (isEnd) behind.after = top
    if (!isAhead(behind.seen, behind.after)) this.#caughtUp(membership, behind)
  }

  #queueHoles(
    { channel }: LogSubscription,
    behind: Behind,
    holes: readonly LogHole[],
    before: number,
  ): void {
    for (const { after, next } of holes) {
      const isTold = next.offset <= behind.after.offset + 1
      if (isTold || next.offset > before) continue
      const gap = { subscription: channel, after, next, reason: 'damaged' as const }
      this.#queue.keep(logGapFrame(gap).encoded(this.#parts.transport.encoding))
      this.#parts.figures.logGaps += 1
      behind.after = { epoch: next.epoch, offset: next.offset - 1 }
    }
  }

  // All skipped events have been read; live events now follow directly.
  #caughtUp(membership: LogSubscription, { after }: Behind): void {
    this.#behind.delete(membership)
    membership.cover(after)
    if (this.#paused.delete(membership)) this.#parts.figures.caughtUp += 1
  }

  #fits(frame: EncodedFrame | undefined): boolean {
    const { bytes } = this.#queue
    return bytes + (frame?.length ?? 0) <= this.#parts.maxQueuedBytes
  }

  // Answers may be long and were asked for; only clients that keep asking without reading overflow.
  #checkOverflow(): void {
    if (this.#queue.bytes > this.#parts.maxQueuedBytes + MAX_KEPT_BYTES) this.#parts.onOverflow()
  }

  #dropVolatile(): boolean {
    const dropped = this.#queue.dropVolatile()
    if (dropped) this.#parts.figures.volatileDropped += 1
    return dropped
  }

  #dropUnlogged(): boolean {
    const dropped = this.#queue.dropUnlogged()
    if (dropped) this.#parts.figures.unloggedDropped += 1
    return dropped
  }
}

function isAhead(seen: Position, after: Position): boolean {
  return seen.epoch !== after.epoch || seen.offset > after.offset
}

/** Volatile events of one sender in one channel with the same key replace each other. */
function conflationKey({ channel, from, key }: EventRecord): string | undefined {
  // Only the key may contain a space.
  return key === undefined ? undefined : `${channel} ${from?.connection_id ?? ''} ${key}`
}
