import type { Position } from '@coterie/protocol'
import type { Engine, EventRecord, ReadOptions } from '../../ports/engine.ts'

/** Events of the first page; mostly the newest is looked for. */
const FIRST_PAGE_EVENTS = 32
const MAX_PAGE_EVENTS = 1_000
const MAX_PAGE_CHARACTERS = 1_048_576
/** After so many new events those that the log no longer holds are forgotten. */
const PRUNE_AFTER_EVENTS = 1_024

/** The ids of a part of a channel's log that reaches to its end, read as far back as was asked for. */
export class EventIndex {
  /** Events that were read since this was made. */
  eventsRead = 0
  readonly #engine: Engine
  readonly #channel: string
  readonly #positions = new Map<string, Position>()
  #newest: Position | undefined
  #oldest: Position | undefined
  /** True once everything before `#oldest` is known to be none. */
  #isWhole = false
  #addedSincePrune = 0

  constructor(engine: Engine, channel: string) {
    this.#engine = engine
    this.#channel = channel
  }

  /** Ids that are known. */
  get size(): number {
    return this.#positions.size
  }

  /** Finds the newest events of ids, those that the log holds. @throws {RealtimeError} `unavailable` */
  async find(ids: readonly string[]): Promise<ReadonlyMap<string, Position>> {
    await this.#readForwards()
    const found = new Map<string, Position>()
    const missing: string[] = []
    for (const id of ids) {
      const position = this.#positions.get(id)
      if (!position) missing.push(id)
      else if (await this.#isThere(id, position)) found.set(id, position)
    }
    await this.#readBackwards(missing)
    for (const id of missing) {
      const position = this.#positions.get(id)
      if (position) found.set(id, position)
    }
    return found
  }

  // A log that started again, or lost the position read last, is read from the start.
  async #readForwards(): Promise<void> {
    while (this.#newest) {
      const page = await this.#read({ since: this.#newest, limit: MAX_PAGE_EVENTS })
      if (!page) {
        this.#forget()
        return
      }
      for (const record of page.events) this.#add(record, 'newer')
      if (page.isEnd) break
    }
    if (this.#addedSincePrune >= PRUNE_AFTER_EVENTS) await this.#prune()
  }

  async #readBackwards(missing: readonly string[]): Promise<void> {
    const isMissing = (): boolean => missing.some((id) => !this.#positions.has(id))
    while (!this.#isWhole && isMissing()) {
      const limit = this.#oldest ? MAX_PAGE_EVENTS : FIRST_PAGE_EVENTS
      const page = await this.#read({ since: this.#oldest, limit, reverse: true })
      for (const record of page?.events ?? []) this.#add(record, 'older')
      this.#isWhole = !page || page.isEnd || page.events.length === 0
    }
  }

  async #read(options: ReadOptions) {
    const page = await this.#engine.read(this.#channel, {
      ...options,
      maxCharacters: MAX_PAGE_CHARACTERS,
    })
    if (!page.ok) return undefined
    this.eventsRead += page.value.events.length
    return page.value
  }

  #add({ id, position }: EventRecord, place: 'newer' | 'older'): void {
    if (!position) return
    if (place === 'newer' || !this.#positions.has(id)) this.#positions.set(id, position)
    if (place === 'newer' || !this.#newest) this.#newest = position
    if (place === 'older' || !this.#oldest) this.#oldest = position
    this.#addedSincePrune += place === 'newer' ? 1 : 0
  }

  // It may have been trimmed since it was read.
  async #isThere(id: string, { epoch, offset }: Position): Promise<boolean> {
    const page = await this.#read({ since: { epoch, offset: offset - 1 }, limit: 1 })
    if (page?.events[0]?.id === id) return true
    this.#positions.delete(id)
    return false
  }

  async #prune(): Promise<void> {
    this.#addedSincePrune = 0
    const page = await this.#read({ limit: 1 })
    const first = page?.events[0]?.position?.offset ?? Number.POSITIVE_INFINITY
    for (const [id, { offset }] of this.#positions) if (offset < first) this.#positions.delete(id)
  }

  #forget(): void {
    this.#positions.clear()
    this.#newest = undefined
    this.#oldest = undefined
    this.#isWhole = false
  }
}
