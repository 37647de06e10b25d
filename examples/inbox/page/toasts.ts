import type { InboxItem } from '@coterie/client'
import { element, find } from '../../chat/page/element.ts'
import { createKindIcon, senderOf } from './notification-look.ts'

const SHOWN_MS = 7_000
const MAX_SHOWN = 3

interface Note {
  readonly root: HTMLElement
  hide: ReturnType<typeof setTimeout> | undefined
  wasListed: boolean
}

/** Shows for a moment what has just come, wherever one is on the page. */
export class Toasts {
  readonly #list = find(document, '#toasts', HTMLOListElement)
  readonly #notes = new Map<string, Note>()
  readonly #onOpen: (item: InboxItem) => void

  constructor(onOpen: (item: InboxItem) => void) {
    this.#onOpen = onOpen
  }

  show(item: InboxItem): void {
    const open = element('button', 'open', item.title)
    open.type = 'button'
    const dismiss = createDismissButton()
    const from = element('p', 'from', 'from ', element('bdi', '', senderOf(item)))
    const root = element('li', 'note', createKindIcon(item), open, from, dismiss)
    const note: Note = { root, hide: undefined, wasListed: false }
    open.addEventListener('click', () => {
      this.#remove(item.id)
      this.#onOpen(item)
    })
    dismiss.addEventListener('click', () => this.#remove(item.id))
    // Who is reading it, or about to press it, has all the time there is.
    const stay = (): void => clearTimeout(note.hide)
    const leave = (): void => {
      stay()
      note.hide = setTimeout(() => this.#remove(item.id), SHOWN_MS)
    }
    root.addEventListener('pointerenter', stay)
    root.addEventListener('pointerleave', leave)
    root.addEventListener('focusin', stay)
    root.addEventListener('focusout', leave)
    leave()
    this.#notes.set(item.id, note)
    this.#list.append(root)
    const [oldest] = this.#notes.keys()
    if (this.#notes.size > MAX_SHOWN && oldest !== undefined) this.#remove(oldest)
  }

  /** Takes away what was read or has gone meanwhile, on whatever device. */
  sync(items: readonly InboxItem[]): void {
    for (const [id, note] of [...this.#notes]) {
      const item = items.find((other) => other.id === id)
      if (item ? item.is_read : note.wasListed) this.#remove(id)
      note.wasListed ||= item !== undefined
    }
  }

  #remove(id: string): void {
    const note = this.#notes.get(id)
    clearTimeout(note?.hide)
    note?.root.remove()
    this.#notes.delete(id)
  }
}

function createDismissButton(): HTMLButtonElement {
  const button = element('button', 'quiet dismiss')
  button.type = 'button'
  button.setAttribute('aria-label', 'Dismiss')
  button.textContent = '✕'
  return button
}
