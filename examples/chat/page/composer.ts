import { find, setText } from './element.ts'
import { MAX_MESSAGE_CHARACTERS } from './message.ts'

/** Characters left from which on they are counted. */
const COUNT_FROM = 100

/** What the writer does. */
export interface ComposerEvents {
  onSend(text: string): void
  onTyping(): void
  onTypingEnd(): void
  /** Says why nothing was sent. */
  onProblem(text: string): void
}

/** Where a message is written. */
export class Composer {
  readonly #form = find(document, '#composer', HTMLFormElement)
  readonly #draft = find(document, '#draft', HTMLTextAreaElement)
  readonly #count = find(document, '#draft-count', HTMLElement)
  readonly #send = find(document, '#composer .send', HTMLButtonElement)
  readonly #events: ComposerEvents

  constructor(events: ComposerEvents) {
    this.#events = events
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#submit()
    })
    this.#draft.addEventListener('keydown', (event) => {
      // While an input method composes, Enter chooses a word and sends nothing.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      this.#submit()
    })
    this.#draft.addEventListener('input', () => this.#changed())
    // Keeps the keyboard of a phone open.
    this.#send.addEventListener('pointerdown', (event) => event.preventDefault())
    this.#show()
  }

  /** Takes the focus, so that one can write at once. */
  focus(): void {
    this.#draft.focus()
  }

  /** Names the room that is written to, and forgets the draft for another. */
  open(room: string): void {
    this.#draft.placeholder = `Message #${room}`
    this.#draft.value = ''
    this.#show()
  }

  #changed(): void {
    this.#show()
    if (this.#draft.value.trim() === '') this.#events.onTypingEnd()
    else this.#events.onTyping()
  }

  #submit(): void {
    const text = this.#draft.value.trim()
    const excess = [...text].length - MAX_MESSAGE_CHARACTERS
    if (text === '') return
    if (excess > 0) {
      this.#events.onProblem(`This message is ${excess} characters too long.`)
      return
    }
    this.#draft.value = ''
    this.#show()
    this.#events.onSend(text)
    this.#draft.focus()
  }

  #show(): void {
    const text = this.#draft.value.trim()
    const left = MAX_MESSAGE_CHARACTERS - [...text].length
    this.#draft.setAttribute('aria-invalid', String(left < 0))
    // Not `disabled`: a button that comes and goes would throw the focus about.
    this.#send.setAttribute('aria-disabled', String(text === '' || left < 0))
    this.#count.dataset.isOver = String(left < 0)
    setText(this.#count, countLabel(left))
    this.#fit()
  }

  // One row for one line, and more as they are needed.
  #fit(): void {
    this.#draft.style.height = 'auto'
    this.#draft.style.height = `${this.#draft.scrollHeight}px`
  }
}

function countLabel(left: number): string {
  if (left > COUNT_FROM) return ''
  return left < 0 ? `${-left} too many` : `${left} left`
}
