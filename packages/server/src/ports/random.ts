/** Chance, as the hub sees it. Injected, so that a seed repeats a run. */
export interface Random {
  /** Returns unpredictable bytes, fit for secrets. */
  bytes(length: number): Uint8Array

  /** Returns a number from 0 up to but not including 1, fit for jitter. */
  next(): number
}
