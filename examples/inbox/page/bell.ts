import { find, setText } from '../../chat/page/element.ts'

const MAX_SHOWN = 99

/** The bell with the number of unread notifications, in the bar and in the title of the tab. */
export class Bell {
  readonly #button = find(document, '#bell', HTMLButtonElement)
  readonly #count = find(document, '#bell-count', HTMLElement)

  constructor(onPress: () => void) {
    this.#button.addEventListener('click', onPress)
  }

  show(unread: number): void {
    const shown = unread > MAX_SHOWN ? `${MAX_SHOWN}+` : String(unread)
    setText(this.#count, shown)
    this.#count.hidden = unread === 0
    this.#button.setAttribute('aria-label', `Inbox, ${unread === 0 ? 'none' : unread} unread`)
    document.title = unread === 0 ? 'Inbox · Coterie' : `(${shown}) Inbox · Coterie`
  }
}
