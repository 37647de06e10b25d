import type { ClientClock } from './environment.ts'

/** Returns the clock's monotonic time in ms, or its wall time when it has none. */
export function elapsedMsOf(clock: ClientClock): number {
  return clock.elapsed?.() ?? clock.now()
}
