import type { Clock } from '../ports/clock.ts'

/** Resolves when something is done or has failed, or when it has taken its time. */
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
