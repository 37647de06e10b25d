import type { JsonValue, PresenceAppearance, PresenceEntry } from '@coterie/protocol'
import type { Signal } from '../signals/signal.ts'

/** How to take part in presence: appear and follow, follow only, or not at all. */
export type PresenceOption<Data = JsonValue> = boolean | 'follow' | Appearance<Data>

/** How a user appears; the channel's contract determines `data`. */
export type Appearance<Data = JsonValue> = Omit<PresenceAppearance, 'data'> & {
  readonly data?: Data | undefined
}

/** Who is in a channel. */
export interface Presence<Data = JsonValue, DataInput = Data> {
  /** All users, each once; empty when they are too many. Kept during a disconnect. */
  readonly members: Signal<readonly PresenceEntry<Data>[]>
  /** All users except this one. */
  readonly others: Signal<readonly PresenceEntry<Data>[]>
  /** How many users are present. */
  readonly count: Signal<number>
  /**
   * Changes how this user appears; omitted values stay.
   *
   * Resolves when the server has it; at once on a channel without subscribers,
   * where the change applies from the next `subscribe()` on.
   *
   * @throws {RealtimeError} when the server refuses it or the client disconnects
   */
  update(change: Appearance<DataInput>): Promise<void>
}
