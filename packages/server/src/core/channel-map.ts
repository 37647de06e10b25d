import type { Engine, KeyChange, MapChange, MapSnapshot } from '../ports/engine.ts'

/** A view that a part of this node builds from the entries of a map. */
export interface MapView {
  /** Lists the keys of the entries that the view has. */
  keys(): Iterable<string>
  /** Takes the next change; a snapshot of the whole map is a change as well. */
  take(change: MapChange): void
}

/**
 * The map of a channel as this node knows it.
 *
 * The view gets all entries, then each later change once and in order. Changes
 * that arrive while the engine reads the entries wait until the read is done.
 * Where a change was missed, the entries are read again.
 */
export class ChannelMap {
  readonly #engine: Engine
  readonly #channel: string
  readonly #map: string
  readonly #view: MapView
  #version: number | undefined
  #loading: Promise<void> | undefined
  /** Changes that arrived during a read; undefined while there is none. */
  #early: MapChange[] | undefined
  /** True once a caller asked for the entries. */
  #isWanted = false

  constructor(engine: Engine, channel: string, map: string, view: MapView) {
    this.#engine = engine
    this.#channel = channel
    this.#map = map
    this.#view = view
  }

  /** The version that the view is at; undefined while the view may be out of date. */
  get version(): number | undefined {
    return this.#version
  }

  /**
   * Reads the entries, unless the view is up to date. Calls during a read share
   * it; the call after a failed read tries again.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot read them
   */
  load(): Promise<void> {
    this.#isWanted = true
    if (this.#version !== undefined) return Promise.resolve()
    this.#loading ??= this.#read()
    return this.#loading
  }

  /** Takes a change that the engine made; ignores one that the view already has. */
  apply(change: MapChange): void {
    // It is unknown whether the entries being read include the change.
    if (this.#early) this.#early.push(change)
    else if (this.#version === undefined) this.#loadInBackground()
    else if (change.version > this.#version + 1) this.#recover()
    else if (change.version > this.#version) {
      this.#version = change.version
      this.#view.take(change)
    }
  }

  /** Marks the view as out of date, so that the next `load` reads the entries. */
  invalidate(): void {
    this.#version = undefined
  }

  #recover(): void {
    this.invalidate()
    this.#loadInBackground()
  }

  // After a failure the next change, or the next `load`, tries again.
  #loadInBackground(): void {
    if (this.#isWanted) this.load().catch(() => {})
  }

  async #read(): Promise<void> {
    try {
      do {
        await this.#readOnce()
        // A change may have been missed during the read.
      } while (this.#version === undefined)
    } finally {
      this.#loading = undefined
    }
  }

  async #readOnce(): Promise<void> {
    const early: MapChange[] = []
    this.#early = early
    try {
      const snapshot = await this.#engine.entries(this.#channel, this.#map)
      const changes = replacement(this.#view.keys(), snapshot)
      const { version } = snapshot
      this.#view.take({ channel: this.#channel, map: this.#map, changes, version })
      this.#version = version
    } finally {
      this.#early = undefined
    }
    for (const change of early) this.apply(change)
  }
}

/** Returns the changes that turn a map with these keys into a snapshot. */
function replacement(keys: Iterable<string>, { entries }: MapSnapshot): readonly KeyChange[] {
  const changes: KeyChange[] = []
  for (const key of keys) if (!entries.has(key)) changes.push({ key, value: null })
  for (const [key, value] of entries) changes.push({ key, value })
  return changes
}
