import { LRUCache } from 'lru-cache'
import type { EventRecord } from '../ports/engine.ts'
import { eventFrame } from './event-frame.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

const MAX_CACHED_CHARACTERS = 8 * 1_048_576
/** Approximate characters of a frame beside its payload. */
const FRAME_CHARACTERS = 400

interface KnownFrame {
  readonly pattern: string | undefined
  readonly frame: OutgoingFrame
}

/**
 * Makes the frames of events from a log once for all readers of the same part.
 *
 * Receivers that stopped reading together also catch up together.
 */
export class EventFrames {
  readonly #known = new LRUCache<EventRecord, KnownFrame>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: (_, { payload }) => payload.length + FRAME_CHARACTERS,
  })

  /** Returns the frame of an event for a subscription by name or by pattern. */
  of(record: EventRecord, pattern: string | undefined): OutgoingFrame {
    const known = this.#known.get(record)
    if (known && known.pattern === pattern) return known.frame
    const frame = eventFrame(record, pattern)
    this.#known.set(record, { pattern, frame })
    return frame
  }
}
