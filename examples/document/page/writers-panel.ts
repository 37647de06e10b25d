import { createAvatar, renameAvatar } from '../../chat/page/avatar.ts'
import { element, find, setText } from '../../chat/page/element.ts'
import type { Writer } from './carets.ts'
import type { OpenDocument } from './open-document.ts'
import { nameOf } from './writer-name.ts'

/** The list of who has the document open, in the colours of their carets. */
export class WritersPanel {
  readonly #root = find(document, '#people', HTMLElement)
  readonly #list = find(document, '#people-list', HTMLUListElement)
  readonly #toggle = find(document, '#people-toggle', HTMLButtonElement)
  readonly #counts = document.querySelectorAll('#people-toggle .count, #people .count')
  readonly #rows = new Map<string, WriterRow>()

  show({ user, others, writers, progress }: OpenDocument): void {
    const people = others
      .map(({ user: other }) => ({ id: other.id, name: nameOf(other) }))
      .sort((one, other) => one.name.localeCompare(other.name))
    const rows = [{ id: user.id, name: user.name }, ...people]
    // Who was there when the line dropped; who is there now nobody can say.
    this.#root.dataset.isStale = String(!progress.isConnected)
    const count = String(rows.length)
    for (const place of this.#counts) setText(place, count)
    const label = count === '1' ? '1 person here' : `${count} people here`
    this.#toggle.setAttribute('aria-label', label)
    this.#list.replaceChildren(
      ...rows.map(({ id, name }) => {
        const row = this.#rows.get(id) ?? new WriterRow(id)
        this.#rows.set(id, row)
        row.show(name, writers.get(id), id === user.id)
        return row.root
      }),
    )
  }
}

class WriterRow {
  readonly root = element('li', 'person')
  readonly #avatar: HTMLElement
  readonly #name = element('span', 'name')
  readonly #you = element('span', 'you', 'you')
  readonly #doing = element('span', 'presence')

  constructor(userId: string) {
    this.#avatar = createAvatar(userId, '')
    this.root.dataset.status = 'online'
    this.root.append(this.#avatar, element('span', 'who', this.#name, ' ', this.#you), this.#doing)
  }

  show(name: string, writer: Writer | undefined, isSelf: boolean): void {
    setText(this.#name, name)
    const doing = writer?.isWriting ? 'writing' : 'reading'
    setText(this.#doing, isSelf ? 'online' : doing)
    this.#you.hidden = !isSelf
    renameAvatar(this.#avatar, name)
    if (writer) this.#avatar.style.background = writer.color
  }
}
