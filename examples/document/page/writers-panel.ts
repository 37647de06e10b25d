import { createAvatar, renameAvatar } from '../../chat/page/avatar.ts'
import { element, find, setText } from '../../chat/page/element.ts'
import type { Writer } from './editor-marks.ts'
import { type OpenDocument, TITLE } from './open-document.ts'
import { nameOf } from './writer-name.ts'

/** The list of who has the document open, and where they write. */
export class WritersPanel {
  readonly #root = find(document, '#people', HTMLElement)
  readonly #list = find(document, '#people-list', HTMLUListElement)
  readonly #toggle = find(document, '#people-toggle', HTMLButtonElement)
  readonly #counts = document.querySelectorAll('#people-toggle .count, #people .count')
  readonly #rows = new Map<string, WriterRow>()

  show({ user, others, paragraphs, isConnected }: OpenDocument): void {
    const doings = others
      .map(({ user: other, data }) => ({
        id: other.id,
        name: nameOf(other),
        doing: doingAt(data.paragraphId, paragraphs),
      }))
      .sort((one, other) => one.name.localeCompare(other.name))
    const rows = [{ id: user.id, name: user.name, doing: '' }, ...doings]
    // Who was there when the line dropped; who is there now nobody can say.
    this.#root.dataset.isStale = String(!isConnected)
    const count = String(rows.length)
    for (const place of this.#counts) setText(place, count)
    this.#toggle.setAttribute(
      'aria-label',
      count === '1' ? '1 person here' : `${count} people here`,
    )
    this.#list.replaceChildren(
      ...rows.map(({ doing, ...writer }) => {
        const row = this.#rows.get(writer.id) ?? new WriterRow(writer.id)
        this.#rows.set(writer.id, row)
        row.show(writer, doing, writer.id === user.id)
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

  show({ name }: Writer, doing: string, isSelf: boolean): void {
    setText(this.#name, name)
    setText(this.#doing, isSelf ? 'online' : doing)
    this.#you.hidden = !isSelf
    renameAvatar(this.#avatar, name)
  }
}

function doingAt(
  paragraphId: string | null | undefined,
  paragraphs: OpenDocument['paragraphs'],
): string {
  if (paragraphId === TITLE) return 'writing the title'
  const index = paragraphs.findIndex(({ id }) => id === paragraphId)
  return index === -1 ? 'reading' : `writing in paragraph ${index + 1}`
}
