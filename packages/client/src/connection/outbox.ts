import { type ClientLimits, DEFAULT_LIMITS, RealtimeError } from '@coterie/protocol'
import type { ClientClock } from './environment.ts'
import { Pace } from './pace.ts'

/** A frame that waits to be sent. */
export interface OutgoingFrame {
  readonly text: string
  /** Goes before waiting frames that are not urgent, at most on every other turn. */
  readonly isUrgent?: boolean
  /** Replaces a waiting frame with the same key. */
  readonly conflationKey?: string | undefined
  /** May be dropped when too many frames wait. */
  readonly isVolatile?: boolean
  onSent?(): void
  onDropped?(error: RealtimeError): void
}

/** How a request goes out. */
export type RequestOptions = Pick<OutgoingFrame, 'conflationKey' | 'isVolatile' | 'isUrgent'>

// Two seconds of frames at the default pace: older volatile frames are stale.
const MAX_BACKLOG_FOR_VOLATILE = 80

/** Sends frames in order, no faster than the server allows. */
export class Outbox {
  readonly #clock: ClientClock
  readonly #transmit: (text: string) => void
  #pace: Pace
  #waiting: OutgoingFrame[] = []
  #urgent: OutgoingFrame[] = []
  /** True when an urgent frame overtook a waiting one, which goes next. */
  #owesTurn = false
  #cancelTimer: (() => void) | undefined

  constructor(clock: ClientClock, transmit: (text: string) => void) {
    this.#clock = clock
    this.#transmit = transmit
    this.#pace = new Pace(DEFAULT_LIMITS, clock.now())
  }

  /** Applies these limits from now on. */
  pace(limits: ClientLimits): void {
    this.#pace = new Pace(limits, this.#clock.now())
  }

  /** Sends a frame as soon as its turn comes. */
  push(frame: OutgoingFrame): void {
    if (frame.isUrgent) this.#urgent.push(frame)
    else if (!this.#replace(frame)) this.#append(frame)
    this.#drain()
  }

  /** Sends what the pace allows now and discards all waiting frames. */
  finish(texts: Iterable<string>): void {
    this.close()
    for (const text of texts) {
      if (!this.#pace.take(text, this.#clock.now())) return
      this.#transmit(text)
    }
  }

  /** Discards all waiting frames. */
  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#waiting = []
    this.#urgent = []
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
      frame.onDropped?.(new RealtimeError('unavailable', 'too many frames wait to be sent'))
    } else {
      this.#waiting.push(frame)
    }
  }

  // A steady flow of urgent frames must not block all others.
  get #nextLine(): OutgoingFrame[] {
    const isTurnOfUrgent = this.#urgent.length > 0 && !this.#owesTurn
    return isTurnOfUrgent || this.#waiting.length === 0 ? this.#urgent : this.#waiting
  }

  #drain(): void {
    for (let [frame] = this.#nextLine; frame; [frame] = this.#nextLine) {
      const nowMs = this.#clock.now()
      if (!this.#pace.take(frame.text, nowMs)) {
        this.#cancelTimer ??= this.#clock.setTimer(
          () => {
            this.#cancelTimer = undefined
            this.#drain()
          },
          this.#pace.waitMs(frame.text, nowMs),
        )
        return
      }
      this.#nextLine.shift()
      this.#owesTurn = frame.isUrgent === true && this.#waiting.length > 0
      this.#transmit(frame.text)
      frame.onSent?.()
    }
  }
}
