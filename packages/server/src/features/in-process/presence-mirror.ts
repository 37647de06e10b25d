import { ChannelMap } from '../../core/channel-map.ts'
import { PRESENCE_MAP, type PresenceValue, parsePresence } from '../../core/presence-map.ts'
import type { HubPresence } from '../../local/hub-presence.ts'
import type { PresenceMetadata } from '../../local/presence-tracker.ts'
import type { Engine, KeyChange, MapChange } from '../../ports/engine.ts'

/** A channel whose presence is mirrored. */
interface MirroredChannel {
  /** What each connection shows. */
  readonly values: Map<string, PresenceValue>
  readonly map: ChannelMap
}

/**
 * Shows who is in the channels that a process created: clients of the process,
 * and users by their connections. A user in both ways stays until both have ended.
 */
export class PresenceMirror {
  readonly #engine: Engine
  readonly #tracker: HubPresence
  readonly #ownKeys: string
  readonly #channels = new Map<string, MirroredChannel>()
  /** What this process's own clients show, by channel and client. */
  readonly #own = new Map<string, Map<string, PresenceMetadata>>()

  /** @param ownKeys prefix of the keys of this process's clients, which are shown already */
  constructor(engine: Engine, tracker: HubPresence, ownKeys: string) {
    this.#engine = engine
    this.#tracker = tracker
    this.#ownKeys = ownKeys
  }

  /** Begins to mirror a channel, as soon as the returned map is loaded. */
  begin(channel: string): ChannelMap {
    const values = new Map<string, PresenceValue>()
    const map = new ChannelMap(this.#engine, channel, PRESENCE_MAP, {
      keys: () => values.keys(),
      take: ({ changes }) => {
        // The channel was removed during the read.
        if (!this.isFedBy(channel, map)) return
        for (const change of changes) this.#take(channel, values, change)
      },
    })
    this.#channels.set(channel, { values, map })
    return map
  }

  /** Notes what a client of this process shows, which is tracked already. */
  note(channel: string, clientId: string, metadata: PresenceMetadata): void {
    const copy = structuredClone(metadata)
    const own = this.#own.get(channel)
    if (own) own.set(clientId, copy)
    else this.#own.set(channel, new Map([[clientId, copy]]))
  }

  /** Tells whether a channel is mirrored. */
  has(channel: string): boolean {
    return this.#channels.has(channel)
  }

  /** Tells whether a channel is mirrored by this map, and not by an earlier one. */
  isFedBy(channel: string, map: ChannelMap): boolean {
    return this.#channels.get(channel)?.map === map
  }

  /** Tells whether a client of this process is in a channel. */
  isOwn(channel: string, clientId: string): boolean {
    return this.#own.get(channel)?.has(clientId) ?? false
  }

  /** Tells whether a user is in a channel by a connection. */
  isConnected(channel: string, userId: string): boolean {
    return this.#valuesOf(channel).some(({ user_id }) => user_id === userId)
  }

  /** Shows that a client of this process has gone. */
  hide(channel: string, clientId: string): void {
    const own = this.#own.get(channel)
    own?.delete(clientId)
    if (own?.size === 0) this.#own.delete(channel)
    this.#showRest(channel, clientId)
  }

  /** Takes a change of a channel's presence; those of other channels are ignored. */
  apply(change: MapChange): void {
    this.#channels.get(change.channel)?.map.apply(change)
  }

  /** Ends mirroring a channel. */
  end(channel: string): void {
    const users = this.#valuesOf(channel).map(({ user_id }) => user_id)
    this.#channels.delete(channel)
    for (const userId of users) this.#tracker.untrackHere(channel, userId)
  }

  #take(channel: string, values: Map<string, PresenceValue>, { key, value }: KeyChange): void {
    if (key.startsWith(this.#ownKeys)) return
    const parsed = value === null ? undefined : parsePresence(value)
    const userId = parsed?.user_id ?? values.get(key)?.user_id
    if (userId === undefined) return
    if (parsed) values.set(key, parsed)
    else values.delete(key)
    if (parsed) this.#tracker.trackHere(channel, userId, shownOf(parsed))
    else this.#showRest(channel, userId)
  }

  // A user leaves with the last connection, and the last client of this process.
  #showRest(channel: string, userId: string): void {
    const value = this.#valuesOf(channel).find(({ user_id }) => user_id === userId)
    const shown = value ? shownOf(value) : this.#own.get(channel)?.get(userId)
    if (shown) this.#tracker.trackHere(channel, userId, shown)
    else this.#tracker.untrackHere(channel, userId)
  }

  #valuesOf(channel: string): PresenceValue[] {
    return [...(this.#channels.get(channel)?.values.values() ?? [])]
  }
}

function shownOf({ status, data }: PresenceValue): PresenceMetadata {
  return { status, data }
}
