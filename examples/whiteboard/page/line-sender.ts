import type { DrawingMessage } from './drawing-message.ts'
import type { Point } from './point.ts'
import { type Ink, packPoints } from './stroke.ts'

// Twenty-five a second: with the cursor's it stays below the fifty that the server takes.
const INTERVAL_MS = 40

/** Tells others of a line while it is drawn: what a frame brought goes out as one message. */
export class LineSender {
  readonly #line: Ink & { readonly lineId: string; readonly userId: string }
  readonly #send: (message: DrawingMessage) => void
  #points: Point[] = []
  #frame = 0
  #sentAtMs = 0

  constructor(
    line: Ink & { readonly lineId: string; readonly userId: string },
    send: (message: DrawingMessage) => void,
  ) {
    this.#line = line
    this.#send = send
  }

  /** Adds points, which go out with the next frame or one soon after. */
  add(points: readonly Point[]): void {
    this.#points.push(...points)
    if (this.#frame === 0) this.#frame = requestAnimationFrame((nowMs) => this.#pass(nowMs))
  }

  /** Sends what is left. */
  end(): void {
    this.#stop()
    if (this.#points.length > 0) this.#flush()
  }

  /** Takes the line back. */
  cancel(): void {
    this.#stop()
    this.#send({ ...this.#line, points: [], isGone: true })
  }

  #pass(nowMs: number): void {
    if (nowMs - this.#sentAtMs < INTERVAL_MS) {
      this.#frame = requestAnimationFrame((next) => this.#pass(next))
      return
    }
    this.#frame = 0
    this.#sentAtMs = nowMs
    this.#flush()
  }

  #flush(): void {
    this.#send({ ...this.#line, points: packPoints(this.#points), isGone: false })
    this.#points = []
  }

  #stop(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
  }
}
