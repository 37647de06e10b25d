import type { Clock } from '../ports/clock.ts'

/** Bytes read from one socket per tick, plus at most one message. */
const BYTES_PER_TICK = 131_072
/** After this time each socket brings only one more message in a tick, in ms. */
const TICK_MS = 10

/** A socket that can be paused and resumed. */
export interface Reader {
  pause(): void
  resume(): void
}

/**
 * Lets sockets take turns in delivering received messages.
 *
 * Megabytes may have arrived for one socket, and the system would deliver them
 * all before any other socket is read.
 */
export class ReadingTurns {
  readonly #clock: Clock
  #bytesOf = new Map<Reader, number>()
  #paused = new Set<Reader>()
  #beganAtMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts bytes from a socket, and pauses it until the next tick after too many. */
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
