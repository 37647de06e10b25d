import { BOARD_HEIGHT, BOARD_WIDTH, type Point } from './point.ts'
import { simplify } from './simplify.ts'

/** Points of one stroke at most: about 20 KiB, far below what a frame may have. */
export const MAX_POINTS = 2_000
/** Half a pixel on a large screen, in board units. */
const TOLERANCE = 2
const MAX_WIDTH = 400
const ID_BYTES = 9
const COLOR = /^#[0-9a-f]{6}$/i

/** How a line looks. */
export interface Ink {
  readonly color: string
  /** In board units. */
  readonly width: number
}

/** A line on the board. */
export interface Stroke extends Ink {
  readonly id: string
  readonly userId: string
  /** What was drawn in one go; a long line becomes several strokes of one id. */
  readonly lineId: string
  /** x and y in turn, whole board units: half the size of objects with names. */
  readonly points: readonly number[]
}

/** Makes an id for what is drawn in one go. */
export function createLineId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

/** Makes the strokes of a line that is done: simplified, and split where it is long. */
export function createStrokes(
  line: Ink & { readonly lineId: string; readonly userId: string },
  drawn: readonly Point[],
): readonly Stroke[] {
  const { lineId, userId, color, width } = line
  const points = simplify(drawn, TOLERANCE)
  const strokes: Stroke[] = []
  // Each begins where the one before ends, so that no gap shows.
  for (let at = 0; at === 0 || at < points.length - 1; at += MAX_POINTS - 1) {
    const id = `${lineId}.${strokes.length}`
    const part = packPoints(points.slice(at, at + MAX_POINTS))
    strokes.push({ id, userId, lineId, color, width, points: part })
  }
  return strokes
}

/** Writes points as numbers in turn. */
export function packPoints(points: readonly Point[]): readonly number[] {
  return points.flatMap(({ x, y }) => [x, y])
}

/** Reads numbers in turn as points. */
export function unpackPoints(numbers: readonly number[]): readonly Point[] {
  const points: Point[] = []
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    points.push({ x: numbers[at] ?? 0, y: numbers[at + 1] ?? 0 })
  }
  return points
}

/** Tells whether something is a stroke; others may have put anything on the board. */
export function isStroke(value: unknown): value is Stroke {
  if (typeof value !== 'object' || value === null) return false
  const { id, userId, lineId, points } = value as Record<string, unknown>
  const hasIds = [id, userId, lineId].every((text) => typeof text === 'string')
  return hasIds && isInk(value) && isPoints(points) && points.length > 0
}

/** Tells whether something is a color and a width that can be drawn. */
export function isInk(value: object): value is Ink {
  const { color, width } = value as Record<string, unknown>
  return isColor(color) && typeof width === 'number' && width > 0 && width <= MAX_WIDTH
}

/** Tells whether something is a color as a color input gives it. */
export function isColor(value: unknown): value is string {
  return typeof value === 'string' && COLOR.test(value)
}

/** Tells whether something is x and y in turn, all of them on the board. */
export function isPoints(value: unknown): value is readonly number[] {
  if (!Array.isArray(value) || value.length % 2 !== 0) return false
  return value.every((number: unknown, at) => {
    const end = at % 2 === 0 ? BOARD_WIDTH : BOARD_HEIGHT
    return typeof number === 'number' && number >= 0 && number <= end
  })
}
