import { element } from '../../chat/page/element.ts'
import { carriedCaret } from './carried-caret.ts'
import { EditorMarks, type Writer } from './editor-marks.ts'
import type { Paragraph } from './paragraph.ts'
import type { Selected } from './paragraph-edits.ts'
import { VisualLines } from './visual-lines.ts'

// Keeps the last line open where a text ends with a line break.
const END = '\u200b'

/** One paragraph on the page: a field that is as high as its text. */
export class ParagraphBlock {
  readonly id: string
  readonly root = element('div', 'block')
  readonly field = element('textarea', 'text')
  readonly #mirror = document.createTextNode(END)
  readonly #marks: EditorMarks
  readonly lines = new VisualLines(this.#mirror)
  #isComposing = false

  constructor(id: string) {
    this.id = id
    this.#marks = new EditorMarks(this.field)
    const mirror = element('div', 'mirror', this.#mirror)
    mirror.setAttribute('aria-hidden', 'true')
    this.field.rows = 1
    this.root.append(mirror, this.field, this.#marks.root)
    this.field.addEventListener('compositionstart', () => {
      this.#isComposing = true
    })
    this.field.addEventListener('compositionend', () => {
      this.#isComposing = false
    })
    this.field.addEventListener('input', () => this.fit())
    this.root.addEventListener('animationend', () => this.root.classList.remove('is-news'))
  }

  get selected(): Selected {
    const { selectionStart: start, selectionEnd: end } = this.field
    return { paragraphId: this.id, start, end }
  }

  /** Shows a paragraph; the caret stays with the text around it. */
  show({ text, editor }: Paragraph, { number, isOnly, isNews }: ParagraphView): void {
    const label = `Paragraph ${number}`
    if (this.field.ariaLabel !== label) this.field.ariaLabel = label
    this.field.placeholder = isOnly ? 'Start writing…' : ''
    this.field.title = editor === '' ? '' : `Last changed by ${editor}`
    const { value } = this.field
    // What an input method is about to write would be lost.
    if (value === text || this.#isComposing) return
    const { selectionStart, selectionEnd } = this.field
    this.field.value = text
    if (document.activeElement === this.field) {
      this.field.setSelectionRange(
        carriedCaret(value, text, selectionStart),
        carriedCaret(value, text, selectionEnd),
      )
    }
    this.fit()
    if (isNews) this.root.classList.add('is-news')
  }

  /** Shows who else writes here. */
  showWriters(writers: readonly Writer[]): void {
    this.#marks.show(writers)
  }

  /** Takes the focus with the caret at a character. */
  focusAt(caret: number): void {
    this.field.focus()
    this.field.setSelectionRange(caret, caret)
  }

  /** Makes the field as high as its text. */
  fit(): void {
    const wanted = this.field.value + END
    if (this.#mirror.data !== wanted) this.#mirror.data = wanted
  }
}

/** How a paragraph is shown among the others. */
export interface ParagraphView {
  /** Its place, from 1. */
  readonly number: number
  readonly isOnly: boolean
  /** True when somebody else wrote what is new in it. */
  readonly isNews: boolean
}
