import type { Clock } from '../ports/clock.ts'

/** Resolves when work succeeds, fails, or takes longer than a time limit. */
export function settledWithin(clock: Clock, work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.setTimer(resolve, ms)
    const finish = (): void => {
      cancel()
      resolve()
    }
    work.then(finish, finish)
  })
}
