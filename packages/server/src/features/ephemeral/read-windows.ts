import type { Clock } from '../../ports/clock.ts'

interface Window<Mark> {
  readonly marks: Map<string, Mark>
  readonly cancel: () => void
}

/** Takes what users of a channel read within a window; the last to read comes last. */
export type TellRead<Mark> = (channel: string, marks: ReadonlyMap<string, Mark>) => void

/** Collects what users read in each channel, and hands it on once a window. */
export class ReadWindows<Mark> {
  readonly #clock: Clock
  readonly #windowMs: number
  readonly #tell: TellRead<Mark>
  readonly #windows = new Map<string, Window<Mark>>()

  /** @param windowMs how long marks are collected, in ms */
  constructor(clock: Clock, windowMs: number, tell: TellRead<Mark>) {
    this.#clock = clock
    this.#windowMs = windowMs
    this.#tell = tell
  }

  /** Adds how far a user has read, in place of what the user read before. */
  add(channel: string, userId: string, mark: Mark): void {
    const { marks } = this.#windowOf(channel)
    // Deleted first, so that the user moves to the end of the order.
    marks.delete(userId)
    marks.set(userId, mark)
  }

  /** Removes a user whose mark is gone. */
  remove(channel: string, userId: string): void {
    this.#windows.get(channel)?.marks.delete(userId)
  }

  /** Discards what was collected in a channel. */
  drop(channel: string): void {
    this.#windows.get(channel)?.cancel()
    this.#windows.delete(channel)
  }

  /** Discards everything that was collected. */
  close(): void {
    for (const channel of this.#windows.keys()) this.drop(channel)
  }

  #windowOf(channel: string): Window<Mark> {
    let window = this.#windows.get(channel)
    if (!window) {
      const cancel = this.#clock.setTimer(() => this.#end(channel), this.#windowMs)
      window = { marks: new Map(), cancel }
      this.#windows.set(channel, window)
    }
    return window
  }

  #end(channel: string): void {
    const marks = this.#windows.get(channel)?.marks
    this.#windows.delete(channel)
    if (marks && marks.size > 0) this.#tell(channel, marks)
  }
}
