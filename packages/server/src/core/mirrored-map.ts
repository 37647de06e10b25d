import type { Engine, KeyChange, MapChange } from '../ports/engine.ts'

/** Follows a map of the engine, so that this node knows at any moment what it holds. */
export class MirroredMap {
  readonly #engine: Engine
  readonly #channel: string
  readonly #map: string
  readonly #take: (change: KeyChange) => void
  #version = 0
  #early: MapChange[] | undefined = []

  /** @param take is given what the map holds, key by key, and then each change in its order */
  constructor(engine: Engine, channel: string, map: string, take: (change: KeyChange) => void) {
    this.#engine = engine
    this.#channel = channel
    this.#map = map
    this.#take = take
  }

  /** Reads what the engine holds. @throws {RealtimeError} `unavailable` when it cannot */
  async start(): Promise<void> {
    await this.#engine.join(this.#channel)
    const { entries, version } = await this.#engine.entries(this.#channel, this.#map)
    for (const [key, value] of entries) this.#take({ key, value })
    this.#version = version
    const early = this.#early ?? []
    this.#early = undefined
    for (const change of early) this.apply(change)
  }

  /** Takes a change that the engine told of. */
  apply(change: MapChange): void {
    if (this.#early) {
      this.#early.push(change)
      return
    }
    if (change.version <= this.#version) return
    this.#version = change.version
    for (const each of change.changes) this.#take(each)
  }
}
