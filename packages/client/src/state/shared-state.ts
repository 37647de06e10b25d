import type { StateInputs, StateObject, StateValues } from '@coterie/protocol'
import type { Signal } from '../signals/signal.ts'

/** One change of shared state: all of it happens, or none. */
export interface StateChange<Inputs = StateInputs> {
  readonly set?: StateObject<Inputs>
  readonly delete?: readonly (keyof Inputs & string)[]
  /** Refuses with `conflict` unless the server's state has this version. */
  readonly ifVersion?: number
}

/**
 * Values that all in a channel share.
 *
 * A change shows here at once. The server puts the changes of all in one order
 * and says which it takes; what it refuses is taken back.
 */
export interface SharedState<
  Values = StateValues,
  Inputs = StateValues extends Values ? StateInputs : Values,
> {
  /** What the server has, with one's own changes on top that it has not answered yet. */
  readonly value: Signal<Values>
  /** The version of what the server has; 0 before the first change. */
  readonly version: Signal<number>
  /** False until anybody sets something; a state that was emptied since is still true. */
  readonly hasBegun: Signal<boolean>
  /** Own changes that the server has not answered yet. */
  readonly pending: Signal<number>
  /**
   * Makes a change; without a connection it waits for one.
   *
   * @returns the version that the change led to
   * @throws {RealtimeError} the server's refusal; `invalid_payload` for what
   * JSON cannot carry and for keys such as `__proto__`; `limit_exceeded` when
   * too many wait; `unavailable` when the client disconnects
   */
  change(change: StateChange<Inputs>): Promise<number>
  /** Sets one key. See `change`. */
  set<Key extends keyof Inputs & string>(
    key: Key,
    value: Exclude<Inputs[Key], undefined>,
  ): Promise<number>
  /** Sets some keys and leaves the others alone. See `change`. */
  merge(values: StateObject<Inputs>): Promise<number>
  /** Deletes keys; one that is not there is no error. See `change`. */
  delete(...keys: readonly (keyof Inputs & string)[]): Promise<number>
}
