import type { Result } from '@coterie/protocol'

/** Returns what a service has done; throws what it refused, which is then answered. */
export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw result.error
  return result.value
}
