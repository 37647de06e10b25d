import type { JsonValue } from '@coterie/protocol'

export { hub } from './hub.ts'

/** Asks the application whether somebody may edit a document. */
export const mayEdit = async (userId: string, id: string | undefined): Promise<boolean> =>
  userId === 'ada' && id !== undefined

/** Sends what was ordered. */
export async function ship(
  order: JsonValue,
  { signal }: { idempotencyKey: string; signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted()
  if (order === null) throw new TypeError('nothing was ordered')
}

/** The id of a dead letter. */
export const id = 17

/** What everybody is told. */
export const message = 'Lunch!'

/** Applies an operation to a document; returns its version. */
export const applyOperation = async (
  _id: string | undefined,
  _operation: JsonValue,
): Promise<number> => 1
