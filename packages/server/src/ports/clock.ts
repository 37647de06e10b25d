/** Time, as the hub sees it. Injected, so that a test can hold it still. */
export interface Clock {
  /** Wall time in ms since 1970. Only shown times and token expiry follow it. */
  now(): number

  /** Monotonic time in ms from an arbitrary start. Everything that waits follows it. */
  elapsed(): number

  /** Runs a function once after `delayMs`; the returned function cancels it. */
  setTimer(run: () => void, delayMs: number): () => void

  /** Runs a function once what has already arrived in this tick is handled. */
  afterTick(run: () => void): void
}
