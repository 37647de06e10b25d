import type { ClientClock } from './environment.ts'

/** Returns the time of a clock that only goes forward, in ms; else its wall time. */
export function elapsedMsOf(clock: ClientClock): number {
  return clock.elapsed?.() ?? clock.now()
}
