import type { PresenceEntry, PresenceStatus } from '@coterie/client'
import { createAvatar, renameAvatar } from './avatar.ts'
import { element, find, setText } from './element.ts'
import type { NameBook } from './person.ts'

const STATUS_LABELS: Readonly<Record<PresenceStatus, string>> = {
  online: 'online',
  away: 'away',
  offline: 'offline',
}

/** The list of people in the room; on a narrow screen a sheet that can be closed. */
export class People {
  readonly #root = find(document, '#people', HTMLElement)
  readonly #list = find(document, '#people-list', HTMLUListElement)
  readonly #toggle = find(document, '#people-toggle', HTMLButtonElement)
  readonly #close = find(document, '#people-close', HTMLButtonElement)
  readonly #counts = document.querySelectorAll('#people-toggle .count, #people .count')
  readonly #names: NameBook
  readonly #rows = new Map<string, PersonRow>()

  constructor(names: NameBook, events: { onLeave(): void }) {
    this.#names = names
    find(document, '#leave', HTMLButtonElement).addEventListener('click', events.onLeave)
    this.#toggle.addEventListener('click', () => this.#setOpen(!this.#isOpen))
    this.#close.addEventListener('click', () => this.#setOpen(false))
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#isOpen) this.#setOpen(false)
    })
    document.addEventListener('pointerdown', ({ target }) => {
      if (!this.#isOpen || !(target instanceof Node)) return
      if (!this.#root.contains(target) && !this.#toggle.contains(target)) this.#setOpen(false)
    })
  }

  /** Shows whether the list is as of now, or of before the connection was lost. */
  setStale(isStale: boolean): void {
    this.#root.dataset.isStale = String(isStale)
  }

  /** Shows who is there: this person first, then who looks at the room, then by name. */
  show(members: readonly PresenceEntry[], ownId: string | null): void {
    const count = members.length
    for (const place of this.#counts) setText(place, String(count))
    this.#toggle.setAttribute('aria-label', count === 1 ? '1 person here' : `${count} people here`)
    for (const [userId, row] of this.#rows) {
      if (members.some(({ user_id }) => user_id === userId)) continue
      row.root.remove()
      this.#rows.delete(userId)
    }
    const rank = ({ user_id, status }: PresenceEntry): number =>
      user_id === ownId ? 0 : status === 'online' ? 1 : 2
    const nameOf = ({ user_id }: PresenceEntry): string => this.#names.nameOf(user_id)
    const sorted = members.toSorted(
      (one, other) => rank(one) - rank(other) || nameOf(one).localeCompare(nameOf(other)),
    )
    for (const [at, entry] of sorted.entries()) {
      const { user_id: userId, status } = entry
      const row = this.#rows.get(userId) ?? new PersonRow(userId)
      this.#rows.set(userId, row)
      row.show(nameOf(entry), status, userId === ownId)
      const place = this.#list.children[at] ?? null
      if (place !== row.root) this.#list.insertBefore(row.root, place)
    }
  }

  get #isOpen(): boolean {
    return this.#toggle.getAttribute('aria-expanded') === 'true'
  }

  #setOpen(isOpen: boolean): void {
    this.#toggle.setAttribute('aria-expanded', String(isOpen))
    this.#root.classList.toggle('is-open', isOpen)
    if (isOpen) this.#close.focus()
    else this.#toggle.focus()
  }
}

class PersonRow {
  readonly root = element('li', 'person')
  readonly #avatar: HTMLElement
  readonly #name = element('span', 'name')
  readonly #you = element('span', 'you', 'you')
  readonly #status = element('span', 'presence')

  constructor(userId: string) {
    this.#avatar = createAvatar(userId, '')
    this.root.append(this.#avatar, element('span', 'who', this.#name, ' ', this.#you), this.#status)
  }

  show(name: string, status: PresenceStatus, isSelf: boolean): void {
    this.root.dataset.status = status
    setText(this.#name, name)
    setText(this.#status, STATUS_LABELS[status])
    this.#you.hidden = !isSelf
    renameAvatar(this.#avatar, name)
  }
}
