import type { Clock } from '../ports/clock.ts'

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimer(run, delayMs) {
    const timer = setTimeout(run, delayMs)
    // What waits must not keep a process alive that has closed its sockets.
    timer.unref()
    return () => clearTimeout(timer)
  },
  afterTick: (run) => {
    setImmediate(run)
  },
}
