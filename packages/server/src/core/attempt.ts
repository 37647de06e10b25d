import { ok, RealtimeError, type Result } from '@coterie/protocol'

/** Runs what may throw a `RealtimeError`, and returns that as a refusal instead. */
export async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work())
  } catch (error) {
    if (error instanceof RealtimeError) return { ok: false, error }
    throw error
  }
}
