import type { PresenceMetadata } from '../../local/presence-tracker.ts'
import type { MapChange, MapSnapshot } from '../../ports/engine.ts'
import type { HubPresence } from './hub-presence.ts'
import { type PresenceValue, parseValue } from './presence-value.ts'

/**
 * Shows who is in the channels that a process created: its own clients, and
 * users by their connections. Who is there in both ways stays until both have ended.
 */
export class PresenceMirror {
  readonly #tracker: HubPresence
  readonly #ownKeys: string
  /** What each connection shows, by channel. */
  readonly #values = new Map<string, Map<string, PresenceValue>>()
  /** What this process's own clients show, by channel and client. */
  readonly #own = new Map<string, Map<string, PresenceMetadata>>()

  /** @param ownKeys how the keys of this process's own clients begin, which it tells of itself */
  constructor(tracker: HubPresence, ownKeys: string) {
    this.#tracker = tracker
    this.#ownKeys = ownKeys
  }

  /** Begins to mirror a channel. */
  begin(channel: string): void {
    this.#values.set(channel, new Map())
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
    return this.#values.has(channel)
  }

  /** Tells whether a client of this process is in a channel. */
  isOwn(channel: string, clientId: string): boolean {
    return this.#own.get(channel)?.has(clientId) ?? false
  }

  /** Tells whether a user is in a channel by a connection. */
  isConnected(channel: string, userId: string): boolean {
    const values = this.#values.get(channel)?.values() ?? []
    for (const { user_id } of values) if (user_id === userId) return true
    return false
  }

  /** Shows that a client of this process has gone. */
  hide(channel: string, clientId: string): void {
    const own = this.#own.get(channel)
    own?.delete(clientId)
    if (own?.size === 0) this.#own.delete(channel)
    this.#showRest(channel, clientId)
  }

  /** Takes over what the engine held when mirroring began. */
  load(channel: string, { entries }: MapSnapshot): void {
    for (const [key, value] of entries) this.#apply(channel, key, parseValue(value))
  }

  /** Takes a change of a channel's presence; those of other channels are ignored. */
  apply({ channel, changes }: MapChange): void {
    for (const { key, value } of changes) {
      this.#apply(channel, key, value === null ? undefined : parseValue(value))
    }
  }

  /** Ends mirroring a channel. */
  end(channel: string): void {
    const users = [...(this.#values.get(channel)?.values() ?? [])].map(({ user_id }) => user_id)
    this.#values.delete(channel)
    for (const userId of users) this.#tracker.untrackHere(channel, userId)
  }

  #apply(channel: string, key: string, value: PresenceValue | undefined): void {
    const values = this.#values.get(channel)
    if (!values || key.startsWith(this.#ownKeys)) return
    const userId = value?.user_id ?? values.get(key)?.user_id
    if (userId === undefined) return
    if (value) values.set(key, value)
    else values.delete(key)
    if (value) this.#tracker.trackHere(channel, userId, shownOf(value))
    else this.#showRest(channel, userId)
  }

  // A user leaves with the last connection, and the last client of this process.
  #showRest(channel: string, userId: string): void {
    const values = [...(this.#values.get(channel)?.values() ?? [])]
    const value = values.find(({ user_id }) => user_id === userId)
    const shown = value ? shownOf(value) : this.#own.get(channel)?.get(userId)
    if (shown) this.#tracker.trackHere(channel, userId, shown)
    else this.#tracker.untrackHere(channel, userId)
  }
}

function shownOf({ status, data }: PresenceValue): PresenceMetadata {
  return { status, data }
}
