import { type ClientLimits, TokenBucket } from '@coterie/protocol'
import type { Connection } from './connection.ts'

/** Messages that may be refused at once before a connection is closed with 4029. */
const REFUSALS_BURST = 1_000
/** Messages a second that may be refused for ever. */
const REFUSALS_PER_SECOND = 10
/** Bytes of no use that count as one message that is refused. */
const BYTES_PER_REFUSAL = 16_384
/** Bytes at once whose sender nobody knows yet, with what may follow an `auth` frame. */
const STRANGER_BYTES_BURST = 131_072
const STRANGER_BYTES_PER_SECOND = 8_192

/** What of a rate is used up, and for how long, in ms. */
export interface RateExcess {
  readonly kind: 'frames' | 'bytes'
  readonly waitMs: number
}

/** Bounds what one connection sends, by the number and bytes of its messages. */
export class InboundRate {
  readonly #connection: Connection
  readonly #bytes: TokenBucket | undefined
  /** What counts as well while nobody knows who sends. */
  readonly #strangerBytes: TokenBucket
  readonly #refusals: TokenBucket

  constructor(
    connection: Connection,
    limits: Pick<ClientLimits, 'bytes_per_second' | 'bytes_burst'>,
    nowMs: number,
  ) {
    const { bytes_per_second: perSecond, bytes_burst: burst } = limits
    this.#connection = connection
    this.#bytes = perSecond > 0 ? new TokenBucket(perSecond, burst, nowMs) : undefined
    this.#strangerBytes = new TokenBucket(STRANGER_BYTES_PER_SECOND, STRANGER_BYTES_BURST, nowMs)
    this.#refusals = new TokenBucket(REFUSALS_PER_SECOND, REFUSALS_BURST, nowMs)
  }

  /** Counts a message; says what it is too much of, and then counts nothing. */
  take(bytes: number, nowMs: number): RateExcess | undefined {
    const { frameLimit, principal } = this.#connection
    const ofStranger = principal ? undefined : this.#strangerBytes
    const framesMs = frameLimit.waitMs(nowMs)
    const bytesMs = Math.max(
      this.#bytes?.waitMs(nowMs, bytes) ?? 0,
      ofStranger?.waitMs(nowMs, bytes) ?? 0,
    )
    const waitMs = Math.max(framesMs, bytesMs)
    if (waitMs > 0) return { kind: framesMs > 0 ? 'frames' : 'bytes', waitMs }
    frameLimit.take(nowMs)
    this.#bytes?.take(nowMs, bytes)
    ofStranger?.take(nowMs, bytes)
    return undefined
  }

  /** Counts a refusal for going too fast; false where there were too many. */
  refuse(nowMs: number): boolean {
    return this.#refusals.take(nowMs)
  }

  /** Counts bytes of no use as refusals; false where there were too many. */
  refuseBytes(bytes: number, nowMs: number): boolean {
    return this.#refusals.take(nowMs, Math.ceil(bytes / BYTES_PER_REFUSAL))
  }
}
