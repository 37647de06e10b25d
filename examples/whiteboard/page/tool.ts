import type { Point } from './point.ts'

/** Something to hold in the hand and move over the board. */
export interface Tool {
  /** Touches the board. */
  start(point: Point): void
  /** Moves over it, through all these points. */
  move(points: readonly Point[]): void
  /** Lets go. */
  end(): void
  /** Was interrupted: nothing more comes of it. */
  cancel(): void
}
