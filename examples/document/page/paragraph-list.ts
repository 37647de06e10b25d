import { find } from '../../chat/page/element.ts'
import type { Writer } from './editor-marks.ts'
import type { OpenDocument } from './open-document.ts'
import { ParagraphBlock } from './paragraph-block.ts'
import { linesOf, type ParagraphEdit } from './paragraph-edits.ts'

/** The paragraphs on the page, and what the keys do in them. */
export class ParagraphList {
  readonly #root = find(document, '#paragraphs', HTMLElement)
  readonly #blocks = new Map<string, ParagraphBlock>()
  readonly #document: OpenDocument
  readonly #onLeaveUp: () => void
  #order: readonly ParagraphBlock[] = []
  #isFirstTime = true

  /** @param onLeaveUp called when the caret moves up from the first line of all */
  constructor(document: OpenDocument, onLeaveUp: () => void) {
    this.#document = document
    this.#onLeaveUp = onLeaveUp
  }

  /** Shows the paragraphs as they are now, and who writes in them. */
  show(writersAt: (paragraphId: string) => readonly Writer[]): void {
    const { paragraphs, user } = this.#document
    this.#remove(new Set(paragraphs.map(({ id }) => id)))
    this.#order = paragraphs.map((paragraph, index) => {
      const block = this.#blocks.get(paragraph.id) ?? this.#create(paragraph.id)
      block.show(paragraph, {
        number: index + 1,
        isOnly: paragraphs.length === 1,
        isNews: !this.#isFirstTime && paragraph.editor !== user.name,
      })
      block.showWriters(writersAt(paragraph.id))
      return block
    })
    this.#place()
    this.#isFirstTime = false
  }

  /** Takes the focus to the start of the first paragraph, or to its nearest caret. */
  focusStart(left?: number): void {
    const [first] = this.#order
    first?.focusAt(left === undefined ? 0 : first.lines.nearest(left, 'first'))
  }

  #create(id: string): ParagraphBlock {
    const block = new ParagraphBlock(id)
    const { field } = block
    this.#blocks.set(id, block)
    field.addEventListener('input', () => this.#document.type(id, field.value))
    field.addEventListener('keydown', (event) => {
      // While an input method composes, the keys are its own.
      if (!event.isComposing && this.#press(block, event)) event.preventDefault()
    })
    field.addEventListener('paste', (event) => {
      const text = event.clipboardData?.getData('text/plain') ?? ''
      if (!/[\r\n]/.test(text)) return
      event.preventDefault()
      this.#follow(this.#document.paste(block.selected, linesOf(text)))
    })
    field.addEventListener('focus', () => this.#document.showPlace(id))
    field.addEventListener('blur', ({ relatedTarget }) => {
      this.#document.flush()
      if (!(relatedTarget instanceof HTMLTextAreaElement)) this.#document.showPlace(null)
    })
    return block
  }

  #press(
    block: ParagraphBlock,
    { key, shiftKey, ctrlKey, altKey, metaKey }: KeyboardEvent,
  ): boolean {
    if (shiftKey || ctrlKey || altKey || metaKey) return false
    const { selected, field } = block
    const isCollapsed = selected.start === selected.end
    const isAtStart = isCollapsed && selected.start === 0
    const isAtEnd = isCollapsed && selected.end === field.value.length
    switch (key) {
      case 'Enter':
        return this.#follow(this.#document.split(selected))
      case 'Backspace':
        return isAtStart && this.#follow(this.#document.join(block.id))
      case 'Delete': {
        const next = this.#neighbour(block, 1)
        return isAtEnd && next !== undefined && this.#follow(this.#document.join(next.id))
      }
      case 'ArrowLeft':
        return isAtStart && this.#enter(this.#neighbour(block, -1), 'end')
      case 'ArrowRight':
        return isAtEnd && this.#enter(this.#neighbour(block, 1), 'start')
      case 'ArrowUp':
        return isCollapsed && block.lines.isFirst(selected.start) && this.#moveUp(block)
      case 'ArrowDown':
        return isCollapsed && block.lines.isLast(selected.end) && this.#moveDown(block)
      default:
        return false
    }
  }

  #moveUp(block: ParagraphBlock): boolean {
    const before = this.#neighbour(block, -1)
    const left = block.lines.leftOf(block.selected.start)
    if (before) before.focusAt(before.lines.nearest(left, 'last'))
    else this.#onLeaveUp()
    return true
  }

  #moveDown(block: ParagraphBlock): boolean {
    const after = this.#neighbour(block, 1)
    const left = block.lines.leftOf(block.selected.end)
    after?.focusAt(after.lines.nearest(left, 'first'))
    return after !== undefined
  }

  #enter(block: ParagraphBlock | undefined, edge: 'start' | 'end'): boolean {
    block?.focusAt(edge === 'start' ? 0 : block.field.value.length)
    return block !== undefined
  }

  // The document is shown by now, so that the caret finds its paragraph.
  #follow(edit: ParagraphEdit | undefined): boolean {
    if (!edit) return false
    const { paragraphId, at } = edit.caret
    this.#blocks.get(paragraphId)?.focusAt(at)
    return true
  }

  #neighbour(block: ParagraphBlock, step: 1 | -1): ParagraphBlock | undefined {
    return this.#order[this.#order.indexOf(block) + step]
  }

  #remove(kept: ReadonlySet<string>): void {
    for (const [index, block] of this.#order.entries()) {
      if (kept.has(block.id)) continue
      const hadFocus = document.activeElement === block.field
      this.#blocks.delete(block.id)
      block.root.remove()
      if (!hadFocus) continue
      // Somebody else took it away: one goes on writing beside it.
      const earlier = this.#order.slice(0, index).findLast(({ id }) => kept.has(id))
      const near = earlier ?? this.#order.find(({ id }) => kept.has(id))
      near?.focusAt(earlier ? near.field.value.length : 0)
    }
  }

  // Nothing is moved that stands right: a field that moves loses the focus.
  #place(): void {
    const { activeElement } = document
    for (const [index, { root }] of this.#order.entries()) {
      const there = this.#root.children[index] ?? null
      if (there !== root) this.#root.insertBefore(root, there)
    }
    if (!(activeElement instanceof HTMLElement) || document.activeElement === activeElement) return
    if (activeElement.isConnected) activeElement.focus({ preventScroll: true })
  }
}
