import type { MapView } from '../../core/channel-map.ts'
import type { KeyChange, MapChange } from '../../ports/engine.ts'

/** The connections and users that are in one room, as far as this node knows. */
export class RoomRoll implements MapView {
  /** Users by connection, both as in the engine's map. */
  readonly #userOf = new Map<string, string>()
  readonly #connectionsOf = new Map<string, number>()

  /** Different users who are in the room. */
  get users(): number {
    return this.#connectionsOf.size
  }

  hasUser(user: string): boolean {
    return this.#connectionsOf.has(user)
  }

  /** Lists the connections that are in the room. */
  keys(): Iterable<string> {
    return this.#userOf.keys()
  }

  /** Takes changes that the engine made. */
  take({ changes }: MapChange): void {
    for (const change of changes) this.#change(change)
  }

  /** Takes a change that is about to be written; false where it changes nothing. */
  anticipate(change: KeyChange): boolean {
    return this.#change(change)
  }

  #change({ key, value }: KeyChange): boolean {
    const earlier = this.#userOf.get(key)
    if (earlier === (value ?? undefined)) return false
    if (earlier !== undefined) this.#countDown(earlier)
    if (value === null) {
      this.#userOf.delete(key)
    } else {
      this.#userOf.set(key, value)
      this.#connectionsOf.set(value, (this.#connectionsOf.get(value) ?? 0) + 1)
    }
    return true
  }

  #countDown(user: string): void {
    const rest = (this.#connectionsOf.get(user) ?? 1) - 1
    if (rest > 0) this.#connectionsOf.set(user, rest)
    else this.#connectionsOf.delete(user)
  }
}
