import type { SnapshotHead } from '@coterie/protocol'
import type { JsonText, KeyChange, MapSnapshot } from '../../ports/engine.ts'

const HEAD = 'head'
/** Segments that are written and in no snapshot yet, at most. */
const MAX_UNFINISHED = 8
/** Bytes that each part counts at least, so that very many small ones have a bound, too. */
const MIN_PART_BYTES = 8_192

/** What is known of a segment: how much of it has been written, and where. */
interface Segment {
  /** Where its parts are kept, in their order. */
  readonly slots: readonly number[]
  readonly bytes: number
  /** True once its parts are to be deleted. */
  readonly isDropped?: boolean
}

interface Head {
  readonly version: number
  readonly position: string
  readonly segments: readonly string[]
}

/** What a channel keeps beside the parts of its snapshot: which segments there are. */
export class SnapshotIndex {
  readonly #segments = new Map<string, Segment>()
  readonly #head: Head | undefined

  constructor({ entries }: MapSnapshot) {
    for (const [key, value] of entries) {
      if (key !== HEAD) this.#segments.set(key.slice(1), JSON.parse(value) as Segment)
    }
    const head = entries.get(HEAD)
    this.#head = head === undefined ? undefined : (JSON.parse(head) as Head)
  }

  /** The version of the snapshot; 0 where there is none. */
  get version(): number {
    return this.#head?.version ?? 0
  }

  get head(): SnapshotHead | null {
    if (!this.#head) return null
    const { version, position, segments } = this.#head
    const described = segments.map((id) => ({ id, parts: this.slotsOf(id).length }))
    return { version, position, segments: described }
  }

  /** Segments whose parts are still to be deleted. */
  get dropped(): readonly string[] {
    return [...this.#segments].flatMap(([id, { isDropped }]) => (isDropped ? [id] : []))
  }

  /** Returns where the parts of a segment are kept that have been written. */
  slotsOf(id: string): readonly number[] {
    return this.#segments.get(id)?.slots ?? []
  }

  /** Tells whether a segment can be part of a snapshot. */
  has(id: string): boolean {
    const segment = this.#segments.get(id)
    return segment !== undefined && !segment.isDropped
  }

  /** Tells whether a segment is part of the snapshot, and so stays as it is. */
  isCommitted(id: string): boolean {
    return this.#head?.segments.includes(id) ?? false
  }

  /**
   * Returns where a part goes, and the changes that say so; undefined where there
   * is no room. What others have begun gives way: they write it again.
   */
  add(
    id: string,
    part: number,
    bytes: number,
    maxBytes: number,
  ): { readonly slot: number; readonly changes: KeyChange[] } | undefined {
    const before = this.#segments.get(id) ?? { slots: [], bytes: 0 }
    const slot = before.slots[part] ?? this.#freeSlot()
    const isNext = part === before.slots.length
    const added = Math.max(bytes, MIN_PART_BYTES)
    const segment = isNext
      ? { slots: [...before.slots, slot], bytes: before.bytes + added }
      : before
    const others = [...this.#segments].filter(([other]) => other !== id)
    const unfinished = others.filter(
      ([other, { isDropped }]) => !isDropped && !this.isCommitted(other),
    )
    const fits = (kept: typeof others): boolean =>
      segment.bytes + kept.reduce((sum, [, { bytes: other }]) => sum + other, 0) <= maxBytes
    const change = changeOf(id, segment)
    if (fits(others) && unfinished.length < MAX_UNFINISHED) return { slot, changes: [change] }
    if (!fits(others.filter((entry) => !unfinished.includes(entry)))) return undefined
    return { slot, changes: [change, ...unfinished.map(dropOf)] }
  }

  /** Returns the changes that make segments the snapshot, and drop all others. */
  commit(position: string, segments: readonly string[]): KeyChange[] {
    const head: Head = { version: this.version + 1, position, segments }
    const others = [...this.#segments].filter(([id]) => !segments.includes(id))
    return [{ key: HEAD, value: JSON.stringify(head) as JsonText }, ...others.map(dropOf)]
  }

  // Taken again once it is free, so that there are never more than are in use.
  #freeSlot(): number {
    const taken = new Set([...this.#segments.values()].flatMap(({ slots }) => slots))
    let slot = 0
    while (taken.has(slot)) slot += 1
    return slot
  }
}

/** Returns the change that forgets a segment whose parts are deleted. */
export function forgetSegment(id: string): KeyChange {
  return { key: `/${id}`, value: null }
}

// Remembered until its parts are gone, so that a crash leaves none behind for good.
function dropOf([id, { slots }]: readonly [string, Segment]): KeyChange {
  return changeOf(id, { slots, bytes: 0, isDropped: true })
}

function changeOf(id: string, segment: Segment): KeyChange {
  return { key: `/${id}`, value: JSON.stringify(segment) as JsonText }
}
