import type { RealtimeError, Result } from '@coterie/protocol'

/**
 * Returns a promise that may be left without a handler: its rejection still
 * reaches those who wait, and never counts as unhandled in the process.
 */
export function unattended<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** Creates such a promise; an exception of `run` rejects it. */
export function createUnattended<T>(
  run: (resolve: (value: T | PromiseLike<T>) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return unattended(new Promise(run))
}

/** Settles the waiting promises with a result. */
export function settle<T>(
  promise: { resolve(value: T): void; reject(error: RealtimeError): void },
  result: Result<T>,
): void {
  if (result.ok) promise.resolve(result.value)
  else promise.reject(result.error)
}
