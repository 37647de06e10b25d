import { find } from '../../chat/page/element.ts'
import { BOARD_WIDTH } from './point.ts'
import type { Ink } from './stroke.ts'
import { traceStroke } from './trace-stroke.ts'

/** A line to paint. */
export interface Painted extends Ink {
  readonly points: readonly number[]
}

/** A canvas that lies on the board and shows lines, crisp on every screen. */
export class Layer {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  #strokes: readonly Painted[] = []
  #isDue = false

  /** @throws {Error} when the browser cannot paint */
  constructor(selector: string) {
    this.#canvas = find(document, selector, HTMLCanvasElement)
    const context = this.#canvas.getContext('2d')
    if (!context) throw new Error('this browser has no canvas')
    this.#context = context
    const observer = new ResizeObserver(([entry]) => {
      if (entry) this.#resize(entry)
    })
    try {
      // Tells the exact pixels, also when the window moves to a sharper screen.
      observer.observe(this.#canvas, { box: 'device-pixel-content-box' })
    } catch {
      observer.observe(this.#canvas)
    }
  }

  /** Shows these lines, from the next frame on. */
  show(strokes: readonly Painted[]): void {
    this.#strokes = strokes
    if (this.#isDue) return
    this.#isDue = true
    requestAnimationFrame(() => this.#paint())
  }

  #resize({ contentRect, devicePixelContentBoxSize }: ResizeObserverEntry): void {
    const exact = devicePixelContentBoxSize?.[0]
    this.#canvas.width = exact?.inlineSize ?? Math.round(contentRect.width * devicePixelRatio)
    this.#canvas.height = exact?.blockSize ?? Math.round(contentRect.height * devicePixelRatio)
    // At once: a canvas that was resized is empty.
    this.#paint()
  }

  #paint(): void {
    this.#isDue = false
    const context = this.#context
    const { width, height } = this.#canvas
    const scale = width / BOARD_WIDTH
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.lineCap = 'round'
    context.lineJoin = 'round'
    for (const stroke of this.#strokes) {
      context.strokeStyle = stroke.color
      context.lineWidth = stroke.width
      context.stroke(traceStroke(stroke.points))
    }
  }
}
