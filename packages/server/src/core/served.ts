import type { Result } from '@coterie/protocol'
import { attempt } from './attempt.ts'

/**
 * Runs a service call once the hub is open. Errors that the engine or the store
 * throw become the refusal of the call.
 *
 * @param started resolves when engine and store are open
 */
export async function served<T>(
  started: () => Promise<void>,
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const done = await attempt(async () => {
    await started()
    return work()
  })
  return done.ok ? done.value : done
}
