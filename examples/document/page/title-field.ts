import { find } from '../../chat/page/element.ts'
import { carriedCaret } from './carried-caret.ts'
import { EditorMarks, type Writer } from './editor-marks.ts'
import { type OpenDocument, TITLE } from './open-document.ts'

/** The title of the document, to be written like the rest of it. */
export class TitleField {
  readonly #field = find(document, '#title', HTMLInputElement)
  readonly #marks = new EditorMarks(this.#field)
  readonly #document: OpenDocument

  /** @param onLeaveDown called when the caret moves on to the first paragraph */
  constructor(document: OpenDocument, onLeaveDown: (left?: number) => void) {
    this.#document = document
    this.#field.after(this.#marks.root)
    this.#field.addEventListener('input', () => document.type(TITLE, this.#field.value))
    this.#field.addEventListener('focus', () => document.showPlace(TITLE))
    this.#field.addEventListener('blur', ({ relatedTarget }) => {
      document.flush()
      if (!(relatedTarget instanceof HTMLTextAreaElement)) document.showPlace(null)
    })
    this.#field.addEventListener('keydown', (event) => {
      if (event.isComposing || (event.key !== 'Enter' && event.key !== 'ArrowDown')) return
      event.preventDefault()
      onLeaveDown()
    })
  }

  focus(): void {
    this.#field.focus()
  }

  /** Shows the title as it is now, and who writes it. */
  show(writers: readonly Writer[]): void {
    const { title } = this.#document
    const { value, selectionStart, selectionEnd } = this.#field
    this.#marks.show(writers)
    if (value === title) return
    this.#field.value = title
    if (document.activeElement !== this.#field) return
    this.#field.setSelectionRange(
      carriedCaret(value, title, selectionStart ?? 0),
      carriedCaret(value, title, selectionEnd ?? 0),
    )
  }
}
