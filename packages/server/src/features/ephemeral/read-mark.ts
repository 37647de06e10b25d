import { formatPosition, type Position, parsePosition } from '@coterie/protocol'
import type { JsonText } from '../../ports/engine.ts'

/** How far a user has read in a channel. */
export interface ReadMark {
  readonly eventId: string
  /** Where the event stands in the channel's log. */
  readonly position: Position
  /** When it was marked, wall time in ms since 1970. */
  readonly readAtMs: number
}

/** Tells whether a mark is further than another; one of a new epoch always is. */
export function isFurther(mark: ReadMark, than: ReadMark | undefined): boolean {
  if (!than || than.position.epoch !== mark.position.epoch) return true
  return mark.position.offset > than.position.offset
}

/** Tells whether a mark is at another or beyond it, in the same epoch. */
export function hasReached(mark: ReadMark, { position }: ReadMark): boolean {
  return mark.position.epoch === position.epoch && mark.position.offset >= position.offset
}

/** Writes a mark for the engine's map. */
export function formatMark({ eventId, position, readAtMs }: ReadMark): JsonText {
  return JSON.stringify([eventId, formatPosition(position), readAtMs]) as JsonText
}

/** Parses a mark; undefined where the position is malformed. */
export function parseMark(text: JsonText): ReadMark | undefined {
  const [eventId, place, readAtMs] = JSON.parse(text) as [string, string, number]
  const position = parsePosition(place)
  return position && { eventId, position, readAtMs }
}
