import type { Position } from '@coterie/protocol'
import { LRUCache } from 'lru-cache'
import type { Engine } from '../../ports/engine.ts'
import { EventIndex } from './event-index.ts'

/** Events that are known by their ids at once, in all channels. */
const MAX_INDEXED_EVENTS = 200_000

/** Told how many events had to be read, for all who asked at the same time. */
export type OnRead = (events: number) => void

/** What is looked for next in a channel. */
interface Wanted {
  readonly ids: Map<string, Found>
  readonly listeners: OnRead[]
}

type Found = PromiseWithResolvers<Position | undefined>

/**
 * Finds where events stand in a channel's log, by their ids.
 *
 * What was read once is known by its ids: asking for an id that is not there
 * reads what is new in the log, and not all of it again. Of each channel one
 * search at a time is under way, for all who asked before it began.
 */
export class EventLookup {
  readonly #engine: Engine
  readonly #indexes = new LRUCache<string, EventIndex>({
    maxSize: MAX_INDEXED_EVENTS,
    sizeCalculation: ({ size }) => 1 + size,
  })
  /** The ids to look for next; there while a search is under way. */
  readonly #wanted = new Map<string, Wanted>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Finds the newest event of an id; undefined when the log holds none. @throws {RealtimeError} `unavailable` */
  find(channel: string, eventId: string, onRead?: OnRead): Promise<Position | undefined> {
    let wanted = this.#wanted.get(channel)
    if (!wanted) {
      wanted = createWanted()
      this.#wanted.set(channel, wanted)
      void this.#search(channel)
    }
    let found = wanted.ids.get(eventId)
    if (!found) {
      found = Promise.withResolvers()
      wanted.ids.set(eventId, found)
    }
    if (onRead) wanted.listeners.push(onRead)
    return found.promise
  }

  async #search(channel: string): Promise<void> {
    // Who asks in this moment is searched for at once.
    await Promise.resolve()
    for (let wanted = this.#take(channel); wanted.ids.size > 0; wanted = this.#take(channel)) {
      try {
        const index = this.#indexes.get(channel) ?? new EventIndex(this.#engine, channel)
        const before = index.eventsRead
        const positions = await index.find([...wanted.ids.keys()])
        for (const onRead of wanted.listeners) onRead(index.eventsRead - before)
        this.#remember(channel, index)
        for (const [id, { resolve }] of wanted.ids) resolve(positions.get(id))
      } catch (error) {
        this.#indexes.delete(channel)
        for (const { reject } of wanted.ids.values()) reject(error)
      }
    }
    this.#wanted.delete(channel)
  }

  // Its size is asked for when it is set. One that is too large for all is not kept.
  #remember(channel: string, index: EventIndex): void {
    this.#indexes.delete(channel)
    if (index.size > 0) this.#indexes.set(channel, index)
  }

  #take(channel: string): Wanted {
    const wanted = this.#wanted.get(channel) ?? createWanted()
    this.#wanted.set(channel, createWanted())
    return wanted
  }
}

function createWanted(): Wanted {
  return { ids: new Map(), listeners: [] }
}
