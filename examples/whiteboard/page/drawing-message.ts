import { type Ink, isInk, isPoints } from './stroke.ts'

/** What others are told of a line while it is drawn. */
export interface DrawingMessage extends Ink {
  readonly lineId: string
  readonly userId: string
  /** The points since the last message, x and y in turn. */
  readonly points: readonly number[]
  /** True when there will be no such line after all. */
  readonly isGone: boolean
}

/** Tells whether a message is one; others may have sent anything. */
export function isDrawingMessage(value: unknown): value is DrawingMessage {
  if (typeof value !== 'object' || value === null) return false
  const { lineId, userId, points } = value as Record<string, unknown>
  return (
    typeof lineId === 'string' && typeof userId === 'string' && isInk(value) && isPoints(points)
  )
}
