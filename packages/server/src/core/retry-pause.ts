import type { Random } from '../ports/random.ts'

const JITTER = 0.2

/** The bounds of a pause that grows. */
export interface PauseBounds {
  /** The first pause, in ms. */
  readonly firstMs: number
  /** The longest pause, in ms. */
  readonly maxMs: number
}

const OUTAGE_PAUSE: PauseBounds = { firstMs: 1_000, maxMs: 30_000 }

/**
 * Returns a pause in ms that doubles with each failure.
 *
 * @param failures in a row, at least 1
 */
export function growingPauseMs(failures: number, { firstMs, maxMs }: PauseBounds): number {
  return Math.min(firstMs * 2 ** (failures - 1), maxMs)
}

/**
 * Returns how long to wait for an unreachable service, in ms: 1 s after the
 * first failure, 30 s at most.
 *
 * @param failures in a row, at least 1
 */
export function outagePauseMs(failures: number): number {
  return growingPauseMs(failures, OUTAGE_PAUSE)
}

/** Spreads a pause by ±20 %, so that many clients do not retry together. */
export function spreadPauseMs(pauseMs: number, random: Pick<Random, 'next'>): number {
  return Math.round(pauseMs * (1 + JITTER * (2 * random.next() - 1)))
}
