/** The board's size in its own units, the same in every window. */
export const BOARD_WIDTH = 4_000
export const BOARD_HEIGHT = 3_000

/** A place on the board, in board units. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Where the board is in the window, in CSS pixels. */
export interface BoardBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Turns a place in the window into one on the board; rounded, and never outside. */
export function toBoardPoint(clientX: number, clientY: number, box: BoardBox): Point {
  return {
    x: within(((clientX - box.left) / box.width) * BOARD_WIDTH, BOARD_WIDTH),
    y: within(((clientY - box.top) / box.height) * BOARD_HEIGHT, BOARD_HEIGHT),
  }
}

/** Returns how far a point is from the line between two others. */
export function distanceToLine(point: Point, from: Point, to: Point): number {
  const dx = to.x - from.x
  const dy = to.y - from.y
  const squared = dx * dx + dy * dy
  const along = squared === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / squared
  const at = Math.max(0, Math.min(1, along))
  return Math.hypot(point.x - from.x - at * dx, point.y - from.y - at * dy)
}

function within(value: number, end: number): number {
  return Math.round(Math.max(0, Math.min(end, value)))
}
