import type { PresenceEntry, PresenceStatus } from '@coterie/protocol'
import { ChannelMap } from '../../core/channel-map.ts'
import type { Feature } from '../../core/feature.ts'
import { PRESENCE_MAP } from '../../core/presence-map.ts'
import type { ChangeCursor, Difference } from '../../local/change-log.ts'
import type { Engine, MapChange } from '../../ports/engine.ts'
import { Roster } from './roster.ts'

/** Takes the new status of a user in a channel; `offline` where the user has left. */
export type PresenceListener = (userId: string, status: PresenceStatus) => void

/** Tells code of this process when the users of some channels come, change and go. */
export class PresenceWatch implements Feature {
  readonly maps = [PRESENCE_MAP]
  readonly #engine: Engine
  readonly #watched = new Map<string, WatchedChannel>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * Calls a listener for a channel from now on, in place of an earlier one.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot be read
   */
  async watch(channel: string, tell: PresenceListener): Promise<void> {
    const watched = new WatchedChannel(this.#engine, channel, tell)
    this.#watched.set(channel, watched)
    try {
      await watched.map.load()
    } catch (error) {
      if (this.#watched.get(channel) === watched) this.unwatch(channel)
      throw error
    }
  }

  /** Stops calling the listener of a channel. */
  unwatch(channel: string): void {
    this.#watched.delete(channel)
  }

  onChange(change: MapChange): void {
    this.#watched.get(change.channel)?.map.apply(change)
  }
}

class WatchedChannel {
  /** Feeds the roster. */
  readonly map: ChannelMap
  readonly #tell: PresenceListener
  readonly #roster = new Roster()
  readonly #statuses = new Map<string, PresenceStatus>()
  /** Undefined until the roster is loaded. */
  #cursor: ChangeCursor<PresenceEntry> | undefined

  constructor(engine: Engine, channel: string, tell: PresenceListener) {
    this.#tell = tell
    this.map = new ChannelMap(engine, channel, PRESENCE_MAP, {
      keys: () => this.#roster.keys(),
      take: (change) => this.#take(change),
    })
  }

  #take(change: MapChange): void {
    this.#roster.take(change)
    if (this.#cursor) this.#tellDifference(this.#cursor.take())
    else this.#begin()
  }

  // The listener hears of changes only, not of the users who are there already.
  #begin(): void {
    for (const { user_id, status } of this.#roster.entries()) this.#statuses.set(user_id, status)
    this.#cursor = this.#roster.openCursor()
  }

  #tellDifference({ joins, updates, leaves }: Difference<PresenceEntry>): void {
    for (const { user_id, status } of [...joins, ...updates]) this.#note(user_id, status)
    for (const { user_id } of leaves) {
      this.#note(user_id, 'offline')
      this.#statuses.delete(user_id)
    }
  }

  // A user who appears as offline counts as gone, so others see no change.
  #note(userId: string, status: PresenceStatus): void {
    const before = this.#statuses.get(userId) ?? 'offline'
    this.#statuses.set(userId, status)
    if (before !== status) this.#tell(userId, status)
  }
}
