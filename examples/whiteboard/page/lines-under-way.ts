import { createSignal, type Signal } from '@coterie/client'
import type { DrawingMessage } from './drawing-message.ts'
import type { Ink } from './stroke.ts'

/** Somebody who stops in the middle of a line and goes leaves it behind for so long. */
const SILENCE_MS = 10_000
/** A line that others make up must not fill this window's memory. */
const MAX_NUMBERS = 100_000

/** A line that is being drawn. */
export interface LineUnderWay extends Ink {
  readonly userId: string
  readonly points: readonly number[]
  readonly heardAtMs: number
}

/** The lines that others are drawing at this moment. */
export class LinesUnderWay {
  /** By the id of the line. */
  readonly lines: Signal<ReadonlyMap<string, LineUnderWay>>
  readonly #lines = createSignal<ReadonlyMap<string, LineUnderWay>>(new Map())

  constructor() {
    this.lines = this.#lines
  }

  /** Takes the next points of a line. */
  hear({ lineId, userId, color, width, points, isGone }: DrawingMessage, nowMs: number): void {
    if (isGone) {
      this.#keep((_, id) => id !== lineId)
      return
    }
    const known = this.#lines().get(lineId)
    if (known && (known.userId !== userId || known.points.length > MAX_NUMBERS)) return
    const line = { userId, color, width, heardAtMs: nowMs }
    const all = known ? [...known.points, ...points] : points
    if (all.length === 0) return
    this.#lines.set(new Map(this.#lines()).set(lineId, { ...line, points: all }))
  }

  /** Forgets lines that are on the board now. */
  finish(lineIds: ReadonlySet<string>): void {
    this.#keep((_, id) => !lineIds.has(id))
  }

  /** Forgets lines of those who went, and those that nobody goes on with. */
  sweep(presentIds: ReadonlySet<string>, nowMs: number): void {
    this.#keep(({ userId, heardAtMs }) => {
      const age = nowMs - heardAtMs
      // A first point may come before the presence of who draws it.
      return age < SILENCE_MS && (presentIds.has(userId) || age < SILENCE_MS / 2)
    })
  }

  #keep(isKept: (line: LineUnderWay, lineId: string) => boolean): void {
    const kept = [...this.#lines()].filter(([id, line]) => isKept(line, id))
    if (kept.length < this.#lines().size) this.#lines.set(new Map(kept))
  }
}
