import type { EncodedFrame, Encoding } from '../ports/transport.ts'
import { droppedFrame } from './event-frame.ts'

/** The origin of an event without a log, for the gap that may replace it. */
export interface DroppableSource {
  readonly channel: string
  /** The subscribed pattern that the event matched, if any. */
  readonly pattern: string | undefined
}

interface Entry {
  frame: EncodedFrame
  /** Set if a gap may replace the entry when it is dropped. */
  readonly source: DroppableSource | undefined
  /** True where the frame tells the receiver of dropped events. */
  isGap: boolean
  /** Volatile entries of the same key replace each other. */
  readonly key: string | undefined
}

/** The queue of a slow receiver, in delivery order. */
export class SlowQueue {
  readonly #encoding: Encoding
  // Sets keep their order and remove any element in constant time.
  readonly #entries = new Set<Entry>()
  readonly #volatile = new Set<Entry>()
  readonly #unlogged = new Set<Entry>()
  readonly #byKey = new Map<string, Entry>()
  readonly #gaps = new Map<string, Entry>()
  #bytes = 0

  constructor(encoding: Encoding) {
    this.#encoding = encoding
  }

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  /** Adds a frame that must not be dropped. */
  keep(frame: EncodedFrame): void {
    this.#add({ frame, source: undefined, isGap: false, key: undefined })
  }

  /** Adds a frame that may be dropped; true if it replaced one with the same key. */
  addVolatile(frame: EncodedFrame, key: string | undefined): boolean {
    const earlier = key === undefined ? undefined : this.#byKey.get(key)
    // Added at the end: in the old position it would overtake frames sent in between.
    if (earlier) this.#remove(earlier)
    const entry = { frame, source: undefined, isGap: false, key }
    this.#add(entry)
    this.#volatile.add(entry)
    if (key !== undefined) this.#byKey.set(key, entry)
    return earlier !== undefined
  }

  /** Adds an event that may be dropped and replaced by a gap. */
  addUnlogged(frame: EncodedFrame, source: DroppableSource): void {
    const entry = { frame, source, isGap: false, key: undefined }
    this.#add(entry)
    this.#unlogged.add(entry)
  }

  /** Drops the oldest volatile frame; false without one. */
  dropVolatile(): boolean {
    for (const oldest of this.#volatile) {
      this.#remove(oldest)
      return true
    }
    return false
  }

  /** Drops the oldest event without a log and leaves a gap; false without one. */
  dropUnlogged(): boolean {
    for (const oldest of this.#unlogged) {
      this.#leaveGap(oldest, oldest.source as DroppableSource)
      return true
    }
    return false
  }

  /** Takes frames from the front: about as many bytes as wanted, one frame or more. */
  take(wantedBytes: number): EncodedFrame[] {
    const frames: EncodedFrame[] = []
    let bytes = 0
    for (const entry of this.#entries) {
      if (frames.length > 0 && bytes + entry.frame.length > wantedBytes) break
      bytes += entry.frame.length
      frames.push(entry.frame)
      this.#remove(entry)
    }
    return frames
  }

  // The oldest go first, so a channel's dropped events are adjacent: one gap replaces all.
  #leaveGap(entry: Entry, source: DroppableSource): void {
    const id = gapId(source)
    if (this.#gaps.has(id)) {
      this.#remove(entry)
      return
    }
    const gap = droppedFrame(source.channel, source.pattern).encoded(this.#encoding)
    this.#bytes += gap.length - entry.frame.length
    this.#unlogged.delete(entry)
    entry.frame = gap
    entry.isGap = true
    this.#gaps.set(id, entry)
  }

  #add(entry: Entry): void {
    this.#entries.add(entry)
    this.#bytes += entry.frame.length
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry)
    this.#bytes -= entry.frame.length
    this.#volatile.delete(entry)
    this.#unlogged.delete(entry)
    if (entry.key !== undefined) this.#byKey.delete(entry.key)
    if (entry.isGap && entry.source) this.#gaps.delete(gapId(entry.source))
  }
}

function gapId({ channel, pattern }: DroppableSource): string {
  // Neither a channel nor a pattern contains a space.
  return pattern === undefined ? channel : `${pattern} ${channel}`
}
