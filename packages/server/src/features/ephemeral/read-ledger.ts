import { RealtimeError } from '@coterie/protocol'
import { ChannelMap } from '../../core/channel-map.ts'
import type { Engine, JsonText, KeyChange, MapChange } from '../../ports/engine.ts'
import { formatMark, isFurther, parseMark, type ReadMark } from './read-mark.ts'

/** The map of the engine that holds how far users have read. */
export const READS_MAP = 'reads'

/** Conflicts with writes of other nodes after which a write fails. */
const MAX_CONFLICTS = 50

/**
 * How far the users of one channel have read, as this node knows it.
 *
 * Marks that arrive during a write are written together by the next one. Each
 * write is conditional on the version of the map, so no mark moves back, whatever
 * nodes a user reads on.
 */
export class ReadLedger {
  readonly #engine: Engine
  readonly #channel: string
  readonly #origin: JsonText | undefined
  readonly #map: ChannelMap
  readonly #marks = new Map<string, ReadMark>()
  #waiting = new Map<string, WaitingMark>()
  #nextWrite: Promise<void> | undefined
  #lastWrite: Promise<void> = Promise.resolve()

  /** @param origin goes with each change, so that a process recognises its own */
  constructor(engine: Engine, channel: string, origin?: JsonText) {
    this.#engine = engine
    this.#channel = channel
    this.#origin = origin
    this.#map = new ChannelMap(engine, channel, READS_MAP, {
      keys: () => this.#marks.keys(),
      take: ({ changes }) => {
        for (const change of changes) this.#take(change)
      },
    })
  }

  /** True while a mark waits to be written. */
  get isBusy(): boolean {
    return this.#nextWrite !== undefined
  }

  /**
   * Moves a user's mark forward; an older one changes nothing.
   *
   * @param ttlMs how long the mark is kept, in ms; without it for good
   * @throws {RealtimeError} `unavailable` when the engine cannot keep it
   */
  put(userId: string, mark: ReadMark, ttlMs?: number): Promise<void> {
    if (isFurther(mark, this.#waiting.get(userId)?.mark)) this.#waiting.set(userId, { mark, ttlMs })
    if (!this.#nextWrite) {
      const write = this.#lastWrite.then(() => this.#write())
      this.#nextWrite = write
      this.#lastWrite = write.catch(() => {})
    }
    return this.#nextWrite
  }

  /** Takes a change that the engine made, in order. */
  apply(change: MapChange): void {
    this.#map.apply(change)
  }

  /** Returns the marks by user. @throws {RealtimeError} `unavailable` */
  async marks(): Promise<ReadonlyMap<string, ReadMark>> {
    await this.#map.load()
    return this.#marks
  }

  #take({ key, value }: KeyChange): void {
    const mark = value === null ? undefined : parseMark(value)
    if (mark) this.#marks.set(key, mark)
    else this.#marks.delete(key)
  }

  async #write(): Promise<void> {
    const batch = this.#waiting
    this.#waiting = new Map()
    this.#nextWrite = undefined
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; ) {
      await this.#map.load()
      const ifVersion = this.#map.version
      if (ifVersion === undefined) {
        conflicts += 1
        continue
      }
      const further = [...batch].filter(([userId, { mark }]) =>
        isFurther(mark, this.#marks.get(userId)),
      )
      if (further.length === 0) return
      // Marks with the same time to live go together; the rest follows in the next round.
      const ttlMs = further[0]?.[1].ttlMs
      const changes = further
        .filter(([, waiting]) => waiting.ttlMs === ttlMs)
        .map(([key, { mark }]) => ({ key, value: formatMark(mark) }))
      const options = { ifVersion, ttlMs, origin: this.#origin }
      const changed = await this.#engine.change(this.#channel, READS_MAP, changes, options)
      if (changed.ok) {
        const { version } = changed.value
        this.apply({ channel: this.#channel, map: READS_MAP, changes, version })
        for (const { key } of changes) batch.delete(key)
      } else {
        if (changed.error.code !== 'conflict') throw changed.error
        if (this.#map.version === ifVersion) this.#map.invalidate()
        conflicts += 1
      }
    }
    throw new RealtimeError('unavailable', 'too many nodes write at once')
  }
}

interface WaitingMark {
  readonly mark: ReadMark
  readonly ttlMs: number | undefined
}

/** Parses the marks of a map, by user. */
export function parseMarks(entries: ReadonlyMap<string, JsonText>): Map<string, ReadMark> {
  const marks = new Map<string, ReadMark>()
  for (const [userId, text] of entries) {
    const mark = parseMark(text)
    if (mark) marks.set(userId, mark)
  }
  return marks
}
