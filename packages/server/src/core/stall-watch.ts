import type { Clock } from '../ports/clock.ts'

const CHECKS_PER_TIMEOUT = 5

/** Something that waits for its receiver to take bytes. */
export interface Stallable {
  readonly bufferedBytes: number
  giveUp(): void
  /** All was taken. */
  drained(): void
}

interface Progress {
  bufferedBytes: number
  atMs: number
}

/** Gives up receivers that take nothing for too long; one timer for all that are slow. */
export class StallWatch {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #watched = new Map<Stallable, Progress>()
  #cancel: (() => void) | undefined

  /** @param timeoutMs how long nothing at all may be taken */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Counts the receivers that are slow now. */
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

  /** Notes that a receiver has taken something. */
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
      // Streams report it only where they held more than their own mark.
      if (bufferedBytes === 0) stallable.drained()
      else if (nowMs - progress.atMs >= this.#timeoutMs) stallable.giveUp()
    }
  }
}
