import type { PresenceTracker } from '../../local/presence-tracker.ts'
import type { MapChange, MapSnapshot } from '../../ports/engine.ts'
import { type PresenceValue, parseValue } from './presence-value.ts'

/** Shows a process's own clients, beside its users, who else is in the channels it created. */
export class PresenceMirror {
  readonly #tracker: PresenceTracker
  readonly #ownKeys: string
  /** What each connection shows, by channel. */
  readonly #values = new Map<string, Map<string, PresenceValue>>()

  /** @param ownKeys how the keys of this process's own clients begin, which are tracked already */
  constructor(tracker: PresenceTracker, ownKeys: string) {
    this.#tracker = tracker
    this.#ownKeys = ownKeys
  }

  /** Begins to mirror a channel. */
  begin(channel: string): void {
    this.#values.set(channel, new Map())
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
    for (const userId of users) this.#tracker.untrack(channel, userId)
  }

  #apply(channel: string, key: string, value: PresenceValue | undefined): void {
    const values = this.#values.get(channel)
    if (!values || key.startsWith(this.#ownKeys)) return
    const userId = value?.user_id ?? values.get(key)?.user_id
    if (userId === undefined) return
    if (value) values.set(key, value)
    else values.delete(key)
    // A user leaves with the last connection.
    const shown = value ?? [...values.values()].find(({ user_id }) => user_id === userId)
    if (shown) this.#tracker.track(channel, userId, { status: shown.status, data: shown.data })
    else this.#tracker.untrack(channel, userId)
  }
}
