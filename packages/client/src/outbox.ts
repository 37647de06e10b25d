import { type ClientLimits, DEFAULT_LIMITS, RealtimeError, TokenBucket } from '@coterie/protocol'
import type { ClientClock } from './environment.ts'

/** A frame on its way out. */
export interface OutgoingFrame {
  readonly text: string
  /** Goes before everything that waits. */
  readonly isUrgent?: boolean
  /** Takes the place of a waiting frame of the same key. */
  readonly conflationKey?: string | undefined
  /** May be dropped when too much waits. */
  readonly isVolatile?: boolean
  onSent?(): void
  onDropped?(error: RealtimeError): void
}

// A network that bunches frames up makes a steady sender look like a burst to the server.
const HEADROOM = 0.8
// At the default pace, two seconds: what is volatile is stale by then.
const MAX_BACKLOG_FOR_VOLATILE = 80

/** Sends frames in order, no faster than the server allows. */
export class Outbox {
  readonly #clock: ClientClock
  readonly #transmit: (text: string) => void
  #bucket: TokenBucket
  #waiting: OutgoingFrame[] = []
  #cancelTimer: (() => void) | undefined

  constructor(clock: ClientClock, transmit: (text: string) => void) {
    this.#clock = clock
    this.#transmit = transmit
    this.#bucket = createBucket(clock, DEFAULT_LIMITS)
  }

  /** Keeps to these limits from now on. */
  pace(limits: ClientLimits): void {
    this.#bucket = createBucket(this.#clock, limits)
  }

  /** Sends a frame as soon as its turn comes. */
  push(frame: OutgoingFrame): void {
    if (frame.isUrgent) this.#waiting.unshift(frame)
    else if (!this.#replace(frame)) this.#append(frame)
    this.#drain()
  }

  /** Sends what the pace allows at this moment and forgets everything that waits. */
  finish(texts: Iterable<string>): void {
    this.close()
    for (const text of texts) {
      if (!this.#bucket.take(this.#clock.now())) return
      this.#transmit(text)
    }
  }

  /** Forgets everything that waits. */
  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#waiting = []
  }

  #replace(frame: OutgoingFrame): boolean {
    if (frame.conflationKey === undefined) return false
    const index = this.#waiting.findIndex(
      ({ conflationKey }) => conflationKey === frame.conflationKey,
    )
    const [replaced] = index === -1 ? [] : this.#waiting.splice(index, 1, frame)
    replaced?.onDropped?.(new RealtimeError('unavailable', 'a newer value took its place'))
    return replaced !== undefined
  }

  #append(frame: OutgoingFrame): void {
    if (frame.isVolatile && this.#waiting.length >= MAX_BACKLOG_FOR_VOLATILE) {
      frame.onDropped?.(new RealtimeError('unavailable', 'too much waits to be sent'))
    } else {
      this.#waiting.push(frame)
    }
  }

  #drain(): void {
    while (this.#waiting.length > 0 && this.#bucket.take(this.#clock.now())) {
      const frame = this.#waiting.shift()
      if (!frame) return
      this.#transmit(frame.text)
      frame.onSent?.()
    }
    if (this.#waiting.length === 0 || this.#cancelTimer) return
    this.#cancelTimer = this.#clock.setTimer(() => {
      this.#cancelTimer = undefined
      this.#drain()
    }, this.#bucket.waitMs(this.#clock.now()))
  }
}

function createBucket(clock: ClientClock, limits: ClientLimits): TokenBucket {
  const atLeastOne = (turns: number): number => Math.max(1, turns * HEADROOM)
  return new TokenBucket(
    atLeastOne(limits.frames_per_second),
    atLeastOne(limits.frames_burst),
    clock.now(),
  )
}
