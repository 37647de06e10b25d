import type { Result } from '@coterie/protocol'
import { attempt } from './attempt.ts'

/**
 * Does what a service was called for, once the hub is open. What engine or
 * store throw becomes the refusal of the call.
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
