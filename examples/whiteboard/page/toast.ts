import type { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'

const SHOWN_MS = 6_000

/** Says something for a moment. */
export class Toast {
  readonly #root = find(document, '#toast', HTMLElement)
  readonly #announcer: Announcer
  #hide: ReturnType<typeof setTimeout> | undefined

  constructor(announcer: Announcer) {
    this.#announcer = announcer
  }

  say(text: string): void {
    clearTimeout(this.#hide)
    setText(this.#root, text)
    this.#root.hidden = false
    this.#announcer.say(text)
    this.#hide = setTimeout(() => {
      this.#root.hidden = true
    }, SHOWN_MS)
  }
}
