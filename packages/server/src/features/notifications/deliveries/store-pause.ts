const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 30_000

/** Returns for how long a store that fails is left alone, in ms. @param failures in a row, before this one */
export function storePauseMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS)
}
