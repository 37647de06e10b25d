import { ok, RealtimeError, type Result } from '@coterie/protocol'

/** Runs work, and returns a thrown `RealtimeError` as a refusal. */
export async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work())
  } catch (error) {
    if (error instanceof RealtimeError) return { ok: false, error }
    throw error
  }
}
