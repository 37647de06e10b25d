import type { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'
import type { OpenDocument } from './open-document.ts'
import { saveStatus } from './save-status.ts'

/** Says who edited last, which version it is, and whether everything is saved. */
export class StatusLine {
  readonly #badge = find(document, '#badge', HTMLElement)
  readonly #label = find(document, '#badge .label', HTMLElement)
  readonly #lastEditor = find(document, '#last-editor', HTMLElement)
  readonly #version = find(document, '#version', HTMLElement)
  readonly #announcer: Announcer
  #wasOffline = false

  constructor(announcer: Announcer) {
    this.#announcer = announcer
  }

  show({ isConnected, isOpened, waiting, lastEditor, version }: OpenDocument): void {
    const { tone, label } = saveStatus({ isConnected, isOpened, waiting })
    this.#badge.dataset.tone = tone
    setText(this.#label, label)
    setText(this.#lastEditor, `Last edited by ${lastEditor || 'no one yet'}`)
    setText(this.#version, `Version ${version}`)
    this.#announce(tone === 'bad', label)
  }

  // Every key that is typed makes it save: only what is unusual is worth hearing.
  #announce(isOffline: boolean, label: string): void {
    if (isOffline !== this.#wasOffline) this.#announcer.say(isOffline ? 'Offline' : label)
    this.#wasOffline = isOffline
  }
}
