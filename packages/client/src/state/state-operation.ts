import type { RealtimeError, StateValues } from '@coterie/protocol'
import type { Attempt } from '../channel/attempt.ts'

/** When a change was sent, and the version it applied to; undefined when unknown. */
export interface StateAttempt extends Attempt {
  readonly base: StateValues | undefined
  readonly version: number
  /** True when it applies only while the state still has this version. */
  readonly isConditional?: boolean
}

/** An own change that the server has not answered yet. */
export interface StateOperation {
  readonly id: string
  readonly set: StateValues
  readonly delete: readonly string[]
  readonly ifVersion: number | undefined
  /** The first time that it was sent and may have arrived, and the state's version then. */
  attempt?: StateAttempt | undefined
  readonly resolve: (version: number) => void
  readonly reject: (error: RealtimeError) => void
}

/** An own change that the server has accepted but not announced yet. */
export interface ConfirmedChange extends Pick<StateOperation, 'set' | 'delete'> {
  /** The version that contains it. */
  readonly version: number
}

/** Returns the values after a change. */
export function applied(
  values: StateValues,
  { set, delete: deleted }: Pick<StateOperation, 'set' | 'delete'>,
): StateValues {
  // A spread defines members and never assigns them, so no name has a special effect.
  if (deleted.length === 0) return { ...values, ...set }
  const gone = new Set(deleted)
  const kept = Object.entries(values).filter(([key]) => !gone.has(key))
  return { ...Object.fromEntries(kept), ...set }
}
