import type { Random } from '../../../ports/random.ts'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 60_000
const JITTER = 0.2

/**
 * Returns the pause after an attempt that failed, in ms: twice that before,
 * at most a minute, spread by ±20 %.
 *
 * @param attempts those made so far, at least 1
 */
export function retryPauseMs(attempts: number, random: Pick<Random, 'next'>): number {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), MAX_PAUSE_MS)
  return Math.round(pauseMs * (1 + JITTER * (2 * random.next() - 1)))
}
