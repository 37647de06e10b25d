import type { Clock } from '../ports/clock.ts'

/** Bytes that one socket brings in a tick at most, and a message more. */
const BYTES_PER_TICK = 131_072
/** Time after which each socket brings one more message only in this tick, in ms. */
const TICK_MS = 10

/** A socket that reads no further until it is told to. */
export interface Reader {
  pause(): void
  resume(): void
}

/**
 * Lets sockets take turns in bringing what was sent.
 *
 * What has arrived for one socket may be megabytes, which the system hands
 * over without asking for any other socket in between.
 */
export class ReadingTurns {
  readonly #clock: Clock
  #bytesOf = new Map<Reader, number>()
  #paused = new Set<Reader>()
  #beganAtMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts what a socket has brought, and pauses it until the next tick where that was much. */
  count(reader: Reader, bytes: number): void {
    if (this.#bytesOf.size === 0) {
      this.#beganAtMs = this.#clock.elapsed()
      this.#clock.afterTick(() => this.#nextTick())
    }
    const ofReader = (this.#bytesOf.get(reader) ?? 0) + bytes
    this.#bytesOf.set(reader, ofReader)
    const isLong = this.#clock.elapsed() - this.#beganAtMs >= TICK_MS
    if ((ofReader < BYTES_PER_TICK && !isLong) || this.#paused.has(reader)) return
    this.#paused.add(reader)
    reader.pause()
  }

  #nextTick(): void {
    const paused = this.#paused
    this.#bytesOf = new Map()
    this.#paused = new Set()
    for (const reader of paused) reader.resume()
  }
}
