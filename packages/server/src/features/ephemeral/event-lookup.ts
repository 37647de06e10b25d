import type { Position } from '@coterie/protocol'
import type { Engine } from '../../ports/engine.ts'

/** Events of the first page; mostly the newest is looked for. */
const FIRST_PAGE_EVENTS = 32
const MAX_PAGE_EVENTS = 1_000
const MAX_PAGE_CHARACTERS = 1_048_576

type Found = PromiseWithResolvers<Position | undefined>

/**
 * Finds where events stand in a channel's log, by their ids.
 *
 * Of each channel one search at a time goes back through the log, for all who
 * asked before it began: whatever ids are asked for, the cost stays that of one reader.
 */
export class EventLookup {
  readonly #engine: Engine
  /** The ids to look for next; there while a search is under way. */
  readonly #wanted = new Map<string, Map<string, Found>>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Finds the newest event of an id; undefined when the log holds none. @throws {RealtimeError} `unavailable` */
  find(channel: string, eventId: string): Promise<Position | undefined> {
    let wanted = this.#wanted.get(channel)
    if (!wanted) {
      wanted = new Map()
      this.#wanted.set(channel, wanted)
      void this.#search(channel)
    }
    let found = wanted.get(eventId)
    if (!found) {
      found = Promise.withResolvers()
      wanted.set(eventId, found)
    }
    return found.promise
  }

  async #search(channel: string): Promise<void> {
    // Who asks in this moment is searched for at once.
    await Promise.resolve()
    for (let wanted = this.#take(channel); wanted.size > 0; wanted = this.#take(channel)) {
      try {
        await this.#readBack(channel, wanted)
        for (const { resolve } of wanted.values()) resolve(undefined)
      } catch (error) {
        for (const { reject } of wanted.values()) reject(error)
      }
    }
    this.#wanted.delete(channel)
  }

  #take(channel: string): Map<string, Found> {
    const wanted = this.#wanted.get(channel) ?? new Map<string, Found>()
    this.#wanted.set(channel, new Map())
    return wanted
  }

  // Settles and takes out whom it finds. A log is as long as its policy allows, and no longer.
  async #readBack(channel: string, wanted: Map<string, Found>): Promise<void> {
    let since: Position | undefined
    let limit = FIRST_PAGE_EVENTS
    for (;;) {
      const page = await this.#engine.read(channel, {
        since,
        limit,
        maxCharacters: MAX_PAGE_CHARACTERS,
        reverse: true,
      })
      if (!page.ok) return
      for (const { id, position } of page.value.events) {
        if (!position) continue
        wanted.get(id)?.resolve(position)
        wanted.delete(id)
        since = position
      }
      if (wanted.size === 0 || page.value.isEnd || page.value.events.length === 0) return
      limit = MAX_PAGE_EVENTS
    }
  }
}
