import type { RealtimeError, StateValues } from '@coterie/protocol'

/** An own change that the server has not answered yet. */
export interface StateOperation {
  readonly id: string
  readonly set: StateValues
  readonly delete: readonly string[]
  readonly ifVersion: number | undefined
  readonly resolve: (version: number) => void
  readonly reject: (error: RealtimeError) => void
}

/** Returns the values after a change. */
export function applied(
  values: StateValues,
  { set, delete: deleted }: Pick<StateOperation, 'set' | 'delete'>,
): StateValues {
  // A spread defines members and never assigns them, so that no name is special.
  if (deleted.length === 0) return { ...values, ...set }
  const gone = new Set(deleted)
  const kept = Object.entries(values).filter(([key]) => !gone.has(key))
  return { ...Object.fromEntries(kept), ...set }
}
