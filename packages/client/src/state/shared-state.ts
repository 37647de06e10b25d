import type { StateInputs, StateObject, StateValues } from '@coterie/protocol'
import type { Signal } from '../signals/signal.ts'

/** One change of shared state, applied as a whole or not at all. */
export interface StateChange<Inputs = StateInputs> {
  readonly set?: StateObject<Inputs>
  readonly delete?: readonly (keyof Inputs & string)[]
  /** Refuses with `conflict` unless the server's state has this version. */
  readonly ifVersion?: number
}

/**
 * Values that all users of a channel share.
 *
 * A change shows here at once. The server orders the changes of all users and
 * accepts or refuses each; a refused one is undone.
 */
export interface SharedState<
  Values = StateValues,
  Inputs = StateValues extends Values ? StateInputs : Values,
> {
  /** The server's values, with unanswered changes of this client applied. */
  readonly value: Signal<Values>
  /** The version of the server's values; 0 before the first change. */
  readonly version: Signal<number>
  /** False until any value is set; it stays true after the state was emptied. */
  readonly hasBegun: Signal<boolean>
  /** Number of own changes that the server has not answered yet. */
  readonly pending: Signal<number>
  /**
   * Makes a change; without a connection it waits for one.
   *
   * @returns the version that the change produced
   * @throws {RealtimeError} the server's refusal; `invalid_payload` for what
   * JSON cannot carry and for keys such as `__proto__`; `limit_exceeded` when
   * too many changes wait; `unavailable` when the client disconnects
   */
  change(change: StateChange<Inputs>): Promise<number>
  /** Sets one key. See `change`. */
  set<Key extends keyof Inputs & string>(
    key: Key,
    value: Exclude<Inputs[Key], undefined>,
  ): Promise<number>
  /** Sets several keys and leaves the others unchanged. See `change`. */
  merge(values: StateObject<Inputs>): Promise<number>
  /** Deletes keys; a missing one is not an error. See `change`. */
  delete(...keys: readonly (keyof Inputs & string)[]): Promise<number>
}
