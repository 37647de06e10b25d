import type { KeyChange, MapChange, MapSnapshot } from '../../ports/engine.ts'

/** Which connections of which users are in one room, as this node last heard. */
export class RoomRoll {
  /** Users by connection, both as the engine's map has them. */
  readonly #userOf = new Map<string, string>()
  readonly #connectionsOf = new Map<string, number>()
  #version: number

  constructor({ entries, version }: MapSnapshot) {
    for (const [key, value] of entries) this.take({ key, value })
    this.#version = version
  }

  get version(): number {
    return this.#version
  }

  /** Different users who are in the room. */
  get users(): number {
    return this.#connectionsOf.size
  }

  hasUser(user: string): boolean {
    return this.#connectionsOf.has(user)
  }

  /** Takes a change that is not written yet; false where it changes nothing. */
  take({ key, value }: KeyChange): boolean {
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

  /** Notes that what was taken was written. */
  confirm(version: number): void {
    this.#version = Math.max(this.#version, version)
  }

  /** Takes a change that the engine told of. */
  apply({ changes, version }: MapChange): void {
    if (version <= this.#version) return
    this.#version = version
    for (const change of changes) this.take(change)
  }

  #countDown(user: string): void {
    const rest = (this.#connectionsOf.get(user) ?? 1) - 1
    if (rest > 0) this.#connectionsOf.set(user, rest)
    else this.#connectionsOf.delete(user)
  }
}
