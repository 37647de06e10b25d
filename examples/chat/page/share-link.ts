import type { Announcer } from './announcer.ts'
import { find, setText } from './element.ts'
import { roomLink } from './room-name.ts'

const TOAST_MS = 4_000

/** Hands out the link to the room. */
export class ShareLink {
  readonly #toast = find(document, '#toast', HTMLElement)
  readonly #announcer: Announcer
  #room = ''
  #hide: ReturnType<typeof setTimeout> | undefined

  constructor(announcer: Announcer) {
    this.#announcer = announcer
    for (const selector of ['#share', '#empty button']) {
      const button = find(document, selector, HTMLButtonElement)
      button.addEventListener('click', () => void this.#copy(button))
    }
  }

  /** Names the room whose link is handed out. */
  open(room: string): void {
    this.#room = room
  }

  async #copy(button: HTMLButtonElement): Promise<void> {
    try {
      // Only there over HTTPS and on localhost.
      await navigator.clipboard.writeText(roomLink(this.#room))
      this.#say('Link copied. Open it in a second window, or send it to somebody.')
    } catch {
      this.#say('Copy the address of this page: whoever opens it is in the room.')
    }
    button.focus()
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
