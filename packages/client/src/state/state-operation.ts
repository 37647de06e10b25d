import type { RealtimeError, StateValues } from '@coterie/protocol'
import type { Attempt } from '../channel/attempt.ts'

/** When a change was sent, and what it was to change; undefined where that is not known. */
export interface StateAttempt extends Attempt {
  readonly base: StateValues | undefined
  readonly version: number
  /** True where it counts only while the state still has this version. */
  readonly isConditional?: boolean
}

/** An own change that the server has not answered yet. */
export interface StateOperation {
  readonly id: string
  readonly set: StateValues
  readonly delete: readonly string[]
  readonly ifVersion: number | undefined
  /** The first time that it was sent and may have arrived, and what the state was then. */
  attempt?: StateAttempt | undefined
  readonly resolve: (version: number) => void
  readonly reject: (error: RealtimeError) => void
}

/** An own change that the server has answered, and not told to all yet. */
export interface ConfirmedChange extends Pick<StateOperation, 'set' | 'delete'> {
  /** The version that has it. */
  readonly version: number
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
