import type { Clock } from './clock.ts'

/** Resolves after a time in ms, or as soon as a signal aborts. Never rejects. */
export function sleep(
  clock: Pick<Clock, 'setTimer'>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.setTimer(end, ms)
    signal?.addEventListener('abort', end)
  })
}
