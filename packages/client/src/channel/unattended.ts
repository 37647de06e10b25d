import type { RealtimeError, Result } from '@coterie/protocol'

/**
 * Returns a promise that nobody has to wait for: its rejection is still told to
 * whoever does, and is no unhandled one of the process where nobody does.
 */
export function unattended<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** Makes such a promise; what `run` throws rejects it. */
export function createUnattended<T>(
  run: (resolve: (value: T | PromiseLike<T>) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return unattended(new Promise(run))
}

/** Tells those who wait for a promise how it ended. */
export function settle<T>(
  promise: { resolve(value: T): void; reject(error: RealtimeError): void },
  result: Result<T>,
): void {
  if (result.ok) promise.resolve(result.value)
  else promise.reject(result.error)
}
