import type { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'
import { type SaveProgress, saveStatus } from './save-status.ts'

/** Says whether everything is saved. */
export class StatusLine {
  readonly #badge = find(document, '#badge', HTMLElement)
  readonly #label = find(document, '#badge .label', HTMLElement)
  readonly #announcer: Announcer
  #wasOffline = false

  constructor(announcer: Announcer) {
    this.#announcer = announcer
  }

  show(progress: SaveProgress): void {
    const { tone, label } = saveStatus(progress)
    this.#badge.dataset.tone = tone
    setText(this.#label, label)
    this.#announce(tone === 'bad', label)
  }

  // Every key that is typed makes it save: only what is unusual is worth hearing.
  #announce(isOffline: boolean, label: string): void {
    if (isOffline !== this.#wasOffline) this.#announcer.say(label)
    this.#wasOffline = isOffline
  }
}
