import { type ClientLimits, TokenBucket } from '@coterie/protocol'
import type { Connection } from './connection.ts'

/** Messages refused in a burst before a connection is closed with 4029. */
const REFUSALS_BURST = 1_000
/** Messages per second that may be refused without end. */
const REFUSALS_PER_SECOND = 10
/** Useless bytes that count as one refused message. */
const BYTES_PER_REFUSAL = 16_384
/** Burst of bytes from an unidentified sender, including frames after `auth`. */
const STRANGER_BYTES_BURST = 131_072
const STRANGER_BYTES_PER_SECOND = 8_192

/** Which part of a rate is used up, and for how long, in ms. */
export interface RateExcess {
  readonly kind: 'frames' | 'bytes'
  readonly waitMs: number
}

/** Limits what one connection sends, by number and bytes of its messages. */
export class InboundRate {
  readonly #connection: Connection
  readonly #bytes: TokenBucket | undefined
  /** Counts too, until the sender is known. */
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

  /** Counts a message; returns the exceeded limit, and then counts nothing. */
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

  /** Counts a refusal of a message over the rate; false when there were too many. */
  refuse(nowMs: number): boolean {
    return this.#refusals.take(nowMs)
  }

  /** Counts useless bytes as refusals; false when there were too many. */
  refuseBytes(bytes: number, nowMs: number): boolean {
    return this.#refusals.take(nowMs, Math.ceil(bytes / BYTES_PER_REFUSAL))
  }
}
