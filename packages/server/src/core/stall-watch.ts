import type { Clock } from '../ports/clock.ts'

const CHECKS_PER_TIMEOUT = 5

/** A queue that waits for its receiver to read. */
export interface Stallable {
  readonly bufferedBytes: number
  giveUp(): void
  /** Continues after everything was read. */
  drained(): void
}

interface Progress {
  bufferedBytes: number
  atMs: number
}

/** Closes receivers that read nothing for too long; one timer serves all. */
export class StallWatch {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #watched = new Map<Stallable, Progress>()
  #cancel: (() => void) | undefined

  /** @param timeoutMs how long a receiver may read nothing at all */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Counts the slow receivers. */
  get size(): number {
    return this.#watched.size
  }

  add(stallable: Stallable): void {
    const { bufferedBytes } = stallable
    this.#watched.set(stallable, { bufferedBytes, atMs: this.#clock.elapsed() })
    if (!this.#cancel) this.#arm()
  }

  remove(stallable: Stallable): void {
    this.#watched.delete(stallable)
  }

  /** Records that a receiver has read something. */
  progressed(stallable: Stallable): void {
    const progress = this.#watched.get(stallable)
    if (progress) progress.atMs = this.#clock.elapsed()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#watched.clear()
  }

  #arm(): void {
    this.#cancel = this.#clock.setTimer(() => {
      this.#cancel = undefined
      this.#check()
      if (this.#watched.size > 0) this.#arm()
    }, this.#timeoutMs / CHECKS_PER_TIMEOUT)
  }

  #check(): void {
    const nowMs = this.#clock.elapsed()
    for (const [stallable, progress] of this.#watched) {
      const { bufferedBytes } = stallable
      if (bufferedBytes === 0 || bufferedBytes < progress.bufferedBytes) progress.atMs = nowMs
      progress.bufferedBytes = bufferedBytes
      // Streams report a drain only if their buffer exceeded its own high-water mark.
      if (bufferedBytes === 0) stallable.drained()
      else if (nowMs - progress.atMs >= this.#timeoutMs) stallable.giveUp()
    }
  }
}
