import type { PresenceState } from '@coterie/client'
import { createAvatar } from '../../chat/page/avatar.ts'
import { element, find } from '../../chat/page/element.ts'
import type { Visitor } from './visitor.ts'

/** The recipients of a message: people present, by a button, and others by name. */
export class Recipients {
  readonly #present = find(document, '#present', HTMLElement)
  readonly #names = find(document, '#names', HTMLInputElement)
  readonly #chips = new Map<string, HTMLButtonElement>()
  readonly #chosen = new Map<string, string>()
  readonly #visitor: Visitor

  constructor(visitor: Visitor) {
    this.#visitor = visitor
    this.show([])
  }

  /** The names of those chosen and those typed. */
  get names(): readonly string[] {
    const typed = this.#names.value.split(',').map((name) => name.trim())
    return [...this.#chosen.values(), ...typed.filter((name) => name !== '')]
  }

  /** Shows who is here; who was chosen stays so when they leave. */
  show(others: readonly PresenceState[]): void {
    const people = new Map(others.map(({ user }) => [user.id, user.name ?? '']))
    people.delete(this.#visitor.userId)
    for (const [id, name] of this.#chosen) if (!people.has(id)) people.set(id, name)
    people.delete(this.#visitor.userId)
    const sorted = [...people]
      .filter(([, name]) => name.trim() !== '')
      .sort(([, one], [, other]) => one.localeCompare(other))
    const all = [[this.#visitor.userId, this.#visitor.name] as const, ...sorted]
    const ids = new Set(all.map(([id]) => id))
    for (const [id, chip] of [...this.#chips]) {
      if (ids.has(id)) continue
      chip.remove()
      this.#chips.delete(id)
    }
    all.forEach(([id, name], index) => {
      const chip = this.#chips.get(id) ?? this.#createChip(id, name)
      this.#chips.set(id, chip)
      const there = this.#present.children[index]
      if (there !== chip) this.#present.insertBefore(chip, there ?? null)
    })
  }

  clear(): void {
    this.#chosen.clear()
    this.#names.value = ''
    for (const chip of this.#chips.values()) chip.setAttribute('aria-pressed', 'false')
  }

  focus(): void {
    this.#names.focus()
  }

  #createChip(id: string, name: string): HTMLButtonElement {
    const label = id === this.#visitor.userId ? 'Me' : name
    const chip = element('button', 'chip', createAvatar(id, name), element('span', 'name', label))
    chip.type = 'button'
    chip.setAttribute('aria-pressed', 'false')
    chip.addEventListener('click', () => {
      if (!this.#chosen.delete(id)) this.#chosen.set(id, name)
      chip.setAttribute('aria-pressed', String(this.#chosen.has(id)))
    })
    return chip
  }
}
