import type { User } from '@coterie/client'
import { element, find, setText } from '../../chat/page/element.ts'
import { initialsOf } from '../../chat/page/person.ts'
import { colorOf, nameOf } from './board-user.ts'

const TOOL_LABELS = new Map([
  ['pen', 'Pen'],
  ['eraser', 'Eraser'],
])

/** Somebody at the board. */
export interface BoardUser {
  readonly user: User
  readonly tool: unknown
  readonly isSelf: boolean
}

/** The list of who is at the board, and what each has in the hand. */
export class UsersPanel {
  readonly #root = find(document, '#users', HTMLElement)
  readonly #list = find(document, '#users-list', HTMLUListElement)
  readonly #count = find(document, '#users-count', HTMLElement)
  readonly #rows = new Map<string, UserRow>()

  /** Shows whether the list is as of now, or of before the connection was lost. */
  setStale(isStale: boolean): void {
    this.#root.dataset.isStale = String(isStale)
  }

  /** Shows who is there, in this order. */
  show(users: readonly BoardUser[], count: number): void {
    setText(this.#count, String(count))
    for (const [id, row] of this.#rows) {
      if (users.some(({ user }) => user.id === id)) continue
      row.root.remove()
      this.#rows.delete(id)
    }
    for (const [at, entry] of users.entries()) {
      const row = this.#rows.get(entry.user.id) ?? new UserRow()
      this.#rows.set(entry.user.id, row)
      row.show(entry)
      const place = this.#list.children[at] ?? null
      if (place !== row.root) this.#list.insertBefore(row.root, place)
    }
  }
}

class UserRow {
  readonly #avatar = element('span', 'avatar')
  readonly #name = element('span', 'name')
  readonly #you = element('span', 'you', 'you')
  readonly #tool = element('span', 'tool')
  readonly root = element(
    'li',
    'user',
    this.#avatar,
    element('span', 'who', this.#name, ' ', this.#you),
    this.#tool,
  )

  constructor() {
    this.#avatar.setAttribute('aria-hidden', 'true')
  }

  show({ user, tool, isSelf }: BoardUser): void {
    const name = nameOf(user)
    this.root.style.setProperty('--color', colorOf(user))
    setText(this.#avatar, initialsOf(name))
    setText(this.#name, name)
    this.#you.hidden = !isSelf
    setText(this.#tool, TOOL_LABELS.get(String(tool)) ?? '')
  }
}
