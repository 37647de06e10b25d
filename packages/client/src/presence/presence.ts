import type { JsonValue, PresenceAppearance, PresenceEntry } from '@coterie/protocol'
import type { Signal } from '../signals/signal.ts'

/** How a channel takes part in presence: appear and follow, follow only, or not at all. */
export type PresenceOption<Data = JsonValue> = boolean | 'follow' | Appearance<Data>

/** How one wants to appear; `data` is what the channel's contract allows. */
export type Appearance<Data = JsonValue> = Omit<PresenceAppearance, 'data'> & {
  readonly data?: Data | undefined
}

/** Who is in a channel. */
export interface Presence<Data = JsonValue, DataInput = Data> {
  /** Everybody, each user once; nobody where they are too many. Kept while the connection is away. */
  readonly members: Signal<readonly PresenceEntry<Data>[]>
  /** Everybody but this user. */
  readonly others: Signal<readonly PresenceEntry<Data>[]>
  /** How many users are present. */
  readonly count: Signal<number>
  /**
   * Changes how this user appears; what is not named stays.
   *
   * Resolves when the server has it; at once on a channel that nobody
   * subscribed, where it takes effect with the next `subscribe()`.
   *
   * @throws {RealtimeError} when the server refuses it or the client disconnects
   */
  update(change: Appearance<DataInput>): Promise<void>
}
