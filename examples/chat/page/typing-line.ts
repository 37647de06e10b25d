import { find, setText } from './element.ts'

const NAMED_AT_MOST = 2

/** Says who is typing, in a place that is always there. */
export class TypingLine {
  readonly #root = find(document, '#typing', HTMLElement)
  readonly #label = find(document, '#typing .label', HTMLElement)

  show(names: readonly string[]): void {
    this.#root.dataset.typing = String(names.length > 0)
    setText(this.#label, typingLabel(names))
  }
}

function typingLabel(names: readonly string[]): string {
  if (names.length === 0) return ''
  if (names.length > NAMED_AT_MOST) return `${names.length} people are typing…`
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} typing…`
}
