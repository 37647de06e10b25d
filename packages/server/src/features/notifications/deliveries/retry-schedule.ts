import { spreadPauseMs } from '../../../core/retry-pause.ts'
import type { Random } from '../../../ports/random.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** The pause after the first attempt, the second, and so on; the last attempt has none after it. */
const PAUSES_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  6 * HOUR_MS,
] as const
/** However long the other side wants to be left alone. */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS

/**
 * Returns the pause before the next attempt in ms; undefined after the last.
 *
 * Retries are spread by ±20 %, so that attempts that failed together do not coincide again.
 *
 * @param attempts those made so far, at least 1
 * @param retryAfterMs the pause that the other side asked for, if it is longer
 */
export function retryPauseMs(
  attempts: number,
  random: Pick<Random, 'next'>,
  retryAfterMs = 0,
): number | undefined {
  const pauseMs = PAUSES_MS[attempts - 1]
  if (pauseMs === undefined) return undefined
  const askedMs = Math.round(Math.min(retryAfterMs, MAX_RETRY_AFTER_MS))
  return Math.max(spreadPauseMs(pauseMs, random), askedMs)
}
