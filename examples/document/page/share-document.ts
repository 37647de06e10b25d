import type { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'
import { documentLink } from './document-name.ts'

const TOAST_MS = 4_000

/** Hands out the link to the document. */
export class ShareDocument {
  readonly #toast = find(document, '#toast', HTMLElement)
  readonly #announcer: Announcer
  #hide: ReturnType<typeof setTimeout> | undefined

  constructor(name: string, announcer: Announcer) {
    this.#announcer = announcer
    const button = find(document, '#share', HTMLButtonElement)
    button.addEventListener('click', () => void this.#copy(documentLink(name)))
  }

  async #copy(link: string): Promise<void> {
    try {
      // Only there over HTTPS and on localhost.
      await navigator.clipboard.writeText(link)
      this.#say('Link copied. Open it in a second window, or send it to somebody.')
    } catch {
      this.#say('Copy the address of this page: whoever opens it can write here.')
    }
  }

  #say(text: string): void {
    clearTimeout(this.#hide)
    setText(this.#toast, text)
    this.#toast.hidden = false
    this.#announcer.say(text)
    this.#hide = setTimeout(() => {
      this.#toast.hidden = true
    }, TOAST_MS)
  }
}
