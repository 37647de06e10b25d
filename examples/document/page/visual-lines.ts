/** Where the lines of a wrapped text lie, measured in a node that wraps as the text does. */
export class VisualLines {
  readonly #node: Text

  /** @param node has the text, laid out in the same width and font */
  constructor(node: Text) {
    this.#node = node
  }

  /** Tells whether a caret is in the line at the top. */
  isFirst(caret: number): boolean {
    return this.#boxAt(caret).bottom < this.#boxAt(0).bottom + this.#halfLine
  }

  /** Tells whether a caret is in the line at the bottom. */
  isLast(caret: number): boolean {
    return this.#boxAt(caret).top > this.#boxAt(this.#length).top - this.#halfLine
  }

  /** How far from the left of the page a caret is. */
  leftOf(caret: number): number {
    return this.#boxAt(caret).left
  }

  /** Returns the caret of the first or the last line that is nearest to a distance from the left. */
  nearest(left: number, line: 'first' | 'last'): number {
    const isInLine = (at: number) => (line === 'first' ? this.isFirst(at) : this.isLast(at))
    let best = line === 'first' ? 0 : this.#length
    let distance = Math.abs(this.leftOf(best) - left)
    const step = line === 'first' ? 1 : -1
    for (let at = best + step; at >= 0 && at <= this.#length && isInLine(at); at += step) {
      const further = Math.abs(this.leftOf(at) - left)
      if (further > distance) continue
      best = at
      distance = further
    }
    return best
  }

  get #length(): number {
    // The last character keeps an empty last line open, and is not part of the text.
    return this.#node.length - 1
  }

  get #halfLine(): number {
    return this.#boxAt(0).height / 2
  }

  #boxAt(caret: number): DOMRect {
    const range = document.createRange()
    const at = Math.min(caret, this.#length)
    range.setStart(this.#node, at)
    range.setEnd(this.#node, at)
    return range.getBoundingClientRect()
  }
}
