import type { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'
import type { Standing } from './standing.ts'

/** Shows how the connection stands: a badge always, a banner when it is not good. */
export class ConnectionLine {
  readonly #badge = find(document, '#badge', HTMLElement)
  readonly #label = find(document, '#badge .label', HTMLElement)
  readonly #banner = find(document, '#banner', HTMLElement)
  readonly #detail = find(document, '#banner .detail', HTMLElement)
  readonly #action = find(document, '#banner button', HTMLButtonElement)
  readonly #announcer: Announcer
  #standing: Standing | undefined

  constructor(announcer: Announcer, onAction: (name: 'connect' | 'join') => void) {
    this.#announcer = announcer
    this.#action.addEventListener('click', () => {
      const { action } = this.#standing ?? {}
      if (action) onAction(action.name)
    })
  }

  show(standing: Standing): void {
    const { tone, label, detail, action } = standing
    this.#badge.dataset.tone = tone
    setText(this.#label, label)
    this.#banner.hidden = detail === undefined
    this.#banner.dataset.tone = tone
    setText(this.#detail, detail ?? '')
    this.#action.hidden = action === undefined
    setText(this.#action, action?.label ?? '')
    if (tone !== this.#standing?.tone && tone !== 'busy') {
      if (tone === 'bad') this.#announcer.interrupt(`${label}. ${detail ?? ''}`)
      else this.#announcer.say(label)
    }
    this.#standing = standing
  }
}
