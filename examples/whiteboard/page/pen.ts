import { createSignal, type Signal } from '@coterie/client'
import type { DrawingMessage } from './drawing-message.ts'
import { LineSender } from './line-sender.ts'
import type { Point } from './point.ts'
import { createLineId, createStrokes, type Ink, packPoints, type Stroke } from './stroke.ts'
import type { Tool } from './tool.ts'

/** What a pen writes with, and what becomes of it. */
export interface PenParts {
  readonly userId: string
  ink(): Ink
  /** Tells others of a line under way. */
  onDrawing(message: DrawingMessage): void
  onDone(strokes: readonly Stroke[]): void
}

/** The line that is drawn in this window at this moment. */
export interface OwnLine extends Ink {
  readonly points: readonly number[]
}

/** Draws lines. */
export class Pen implements Tool {
  readonly line: Signal<OwnLine | undefined>
  readonly #line = createSignal<OwnLine | undefined>(undefined)
  readonly #parts: PenParts
  #points: Point[] = []
  #begun: (Ink & { readonly lineId: string; readonly userId: string }) | undefined
  #sender: LineSender | undefined

  constructor(parts: PenParts) {
    this.#parts = parts
    this.line = this.#line
  }

  start(point: Point): void {
    const { userId, ink, onDrawing } = this.#parts
    this.#begun = { ...ink(), lineId: createLineId(), userId }
    this.#sender = new LineSender(this.#begun, onDrawing)
    this.#points = []
    this.move([point])
  }

  move(points: readonly Point[]): void {
    if (!this.#begun) return
    const fresh: Point[] = []
    let last = this.#points.at(-1)
    for (const point of points) {
      if (point.x === last?.x && point.y === last.y) continue
      fresh.push(point)
      last = point
    }
    if (fresh.length === 0) return
    this.#points.push(...fresh)
    this.#sender?.add(fresh)
    const { color, width } = this.#begun
    this.#line.set({ color, width, points: packPoints(this.#points) })
  }

  end(): void {
    if (!this.#begun) return
    this.#sender?.end()
    this.#parts.onDone(createStrokes(this.#begun, this.#points))
    this.#reset()
  }

  cancel(): void {
    this.#sender?.cancel()
    this.#reset()
  }

  #reset(): void {
    this.#begun = undefined
    this.#sender = undefined
    this.#line.set(undefined)
  }
}
