import { growingPauseMs, spreadPauseMs } from '../../../core/retry-pause.ts'
import type { Random } from '../../../ports/random.ts'

const PAUSE = { firstMs: 100, maxMs: 60_000 }

/**
 * Returns the pause after an attempt that failed, in ms: twice that before,
 * at most a minute, spread by ±20 %.
 *
 * @param attempts those made so far, at least 1
 */
export function retryPauseMs(attempts: number, random: Pick<Random, 'next'>): number {
  return spreadPauseMs(growingPauseMs(attempts, PAUSE), random)
}
