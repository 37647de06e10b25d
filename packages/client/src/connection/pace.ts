import { type ClientLimits, TokenBucket } from '@coterie/protocol'

// A network that bunches frames makes a steady sender look like a burst to the server.
const HEADROOM = 0.8

/** The server's rate limits, in frames and in bytes. */
export class Pace {
  readonly #frames: TokenBucket
  readonly #bytes: TokenBucket | undefined

  constructor(limits: ClientLimits, nowMs: number) {
    const { bytes_per_second: bytesPerSecond, bytes_burst: bytesBurst } = limits
    this.#frames = bucket(limits.frames_per_second, limits.frames_burst, nowMs)
    // Older servers do not know a limit of bytes, and 0 means no limit.
    this.#bytes = bytesPerSecond ? bucket(bytesPerSecond, bytesBurst, nowMs) : undefined
  }

  /** Counts a frame as sent; false when it has to wait. */
  take(text: string, nowMs: number): boolean {
    if (this.waitMs(text, nowMs) > 0) return false
    this.#frames.take(nowMs)
    this.#bytes?.take(nowMs, byteLength(text))
    return true
  }

  /** Returns the time until a frame may be sent, in ms; 0 when it may now. */
  waitMs(text: string, nowMs: number): number {
    const bytesWaitMs = this.#bytes?.waitMs(nowMs, byteLength(text)) ?? 0
    return Math.max(this.#frames.waitMs(nowMs), bytesWaitMs)
  }
}

function bucket(perSecond: number, burst: number, nowMs: number): TokenBucket {
  const atLeastOne = (turns: number): number => Math.max(1, turns * HEADROOM)
  return new TokenBucket(atLeastOne(perSecond), atLeastOne(burst), nowMs)
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
