import type { Point } from './point.ts'
import type { Stroke } from './stroke.ts'
import { pointsBetween, touches } from './stroke-hit.ts'
import type { Tool } from './tool.ts'

/** In board units. */
const RADIUS = 30

/** What an eraser works on. */
export interface EraserParts {
  strokes(): readonly Stroke[]
  onErase(strokes: readonly Stroke[]): void
}

/** Takes lines away that it touches, the whole line each. */
export class Eraser implements Tool {
  readonly #parts: EraserParts
  #last: Point | undefined

  constructor(parts: EraserParts) {
    this.#parts = parts
  }

  start(point: Point): void {
    this.#last = point
    this.#erase([point])
  }

  move(points: readonly Point[]): void {
    for (const point of points) {
      if (!this.#last) return
      this.#erase(pointsBetween(this.#last, point, RADIUS))
      this.#last = point
    }
  }

  end(): void {
    this.#last = undefined
  }

  cancel(): void {
    this.end()
  }

  #erase(points: readonly Point[]): void {
    const strokes = this.#parts.strokes()
    const touched = new Set(
      strokes
        .filter((stroke) => points.some((point) => touches(stroke, point, RADIUS)))
        .map(({ lineId }) => lineId),
    )
    if (touched.size === 0) return
    this.#parts.onErase(strokes.filter(({ lineId }) => touched.has(lineId)))
  }
}
