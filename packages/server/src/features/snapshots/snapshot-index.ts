import type { SnapshotHead } from '@coterie/protocol'
import type { JsonText, KeyChange, MapSnapshot } from '../../ports/engine.ts'

const HEAD = 'head'
/** Segments that are written and in no snapshot yet, at most. */
const MAX_UNFINISHED = 8

/** What is known of a segment: how much of it has been written. */
interface Segment {
  readonly parts: number
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
    return { version, position, segments: segments.map((id) => ({ id, parts: this.partsOf(id) })) }
  }

  /** Segments whose parts are still to be deleted. */
  get dropped(): readonly string[] {
    return [...this.#segments].flatMap(([id, { isDropped }]) => (isDropped ? [id] : []))
  }

  /** Returns how many parts of a segment have been written. */
  partsOf(id: string): number {
    return this.#segments.get(id)?.parts ?? 0
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
   * Returns the changes that add a part to a segment; undefined where there is no
   * room. What others have begun gives way: they write it again.
   */
  add(id: string, part: number, bytes: number, maxBytes: number): KeyChange[] | undefined {
    const before = this.#segments.get(id) ?? { parts: 0, bytes: 0 }
    const isNext = part === before.parts
    const segment = isNext ? { parts: part + 1, bytes: before.bytes + bytes } : before
    const others = [...this.#segments].filter(([other]) => other !== id)
    const unfinished = others.filter(
      ([other, { isDropped }]) => !isDropped && !this.isCommitted(other),
    )
    const fits = (kept: typeof others): boolean =>
      segment.bytes + kept.reduce((sum, [, { bytes: other }]) => sum + other, 0) <= maxBytes
    const change = changeOf(id, segment)
    if (fits(others) && unfinished.length < MAX_UNFINISHED) return [change]
    if (!fits(others.filter((entry) => !unfinished.includes(entry)))) return undefined
    return [change, ...unfinished.map(([other, { parts }]) => dropOf(other, parts))]
  }

  /** Returns the changes that make segments the snapshot, and drop all others. */
  commit(position: string, segments: readonly string[]): KeyChange[] {
    const head: Head = { version: this.version + 1, position, segments }
    const others = [...this.#segments].filter(([id]) => !segments.includes(id))
    return [
      { key: HEAD, value: JSON.stringify(head) as JsonText },
      ...others.map(([id, { parts }]) => dropOf(id, parts)),
    ]
  }
}

/** Returns the change that forgets a segment whose parts are deleted. */
export function forgetSegment(id: string): KeyChange {
  return { key: `/${id}`, value: null }
}

// Remembered until its parts are gone, so that a crash leaves none behind for good.
function dropOf(id: string, parts: number): KeyChange {
  return changeOf(id, { parts, bytes: 0, isDropped: true })
}

function changeOf(id: string, segment: Segment): KeyChange {
  return { key: `/${id}`, value: JSON.stringify(segment) as JsonText }
}
