import type { YjsProvider } from '@coterie/client/yjs/provider'
import type { DecorationAttrs } from 'prosemirror-view'
import { element, find, setText } from '../../chat/page/element.ts'
import { COLORS, freeColor, readColor } from './colors.ts'
import { nameOf } from './writer-name.ts'

/** Somebody as the others see them in the text. */
export interface Writer {
  readonly id: string
  readonly name: string
  readonly color: string
  /** True while the caret stands in the text. */
  readonly isWriting: boolean
}

type Awareness = YjsProvider['awareness']

/** Gives this client a colour that no other has; of two who chose at once one chooses again. */
export class OwnColor {
  readonly #awareness: Awareness
  readonly #user: { readonly id: string; readonly name: string }
  #color: string = COLORS[0]

  constructor(awareness: Awareness, user: { readonly id: string; readonly name: string }) {
    this.#awareness = awareness
    this.#user = user
    this.#choose([])
    awareness.on('change', () => this.#settle())
  }

  #settle(): void {
    const { clientID } = this.#awareness
    const others = [...this.#awareness.getStates()].filter(([id]) => id !== clientID)
    const colors = others.map(([, state]) => String(state.user?.color))
    const first = Math.min(
      ...others.flatMap(([id], at) => (colors[at] === this.#color ? [id] : [])),
    )
    if (first < clientID && colors.length < COLORS.length) this.#choose(colors)
  }

  #choose(taken: readonly string[]): void {
    this.#color = freeColor(taken)
    this.#awareness.setLocalStateField('user', { ...this.#user, color: this.#color })
  }
}

/** Returns who shows themselves, by user; what they say of themselves may be anything. */
export function readWriters(awareness: Awareness): ReadonlyMap<string, Writer> {
  const writers = new Map<string, Writer>()
  for (const { user, cursor } of awareness.getStates().values()) {
    const id = String(user?.id)
    const isWriting = cursor != null || writers.get(id)?.isWriting === true
    writers.set(id, { id, ...readUser(user), isWriting })
  }
  return writers
}

/** Makes the caret of somebody else, with the name at it. */
export function createCaret(user: unknown, clientId: number): HTMLElement {
  const label = element('span', 'caret-name', element('bdi', ''))
  const caret = element('span', 'caret', '\u2060', label, '\u2060')
  caret.dataset.client = String(clientId)
  showUser(caret, user)
  return caret
}

/** Keeps the carets in a text as their users are: the editor makes each of them only once. */
export function followUsers(awareness: Awareness, text: HTMLElement): void {
  awareness.on('change', ({ updated }: { readonly updated: readonly number[] }) => {
    for (const clientId of updated) {
      const caret = text.querySelector<HTMLElement>(`.caret[data-client="${clientId}"]`)
      if (caret) showUser(caret, awareness.getStates().get(clientId)?.user)
    }
  })
}

function showUser(caret: HTMLElement, user: unknown): void {
  const { name, color } = readUser(user)
  setText(find(caret, 'bdi', HTMLElement), name)
  // A style attribute would not pass the page's policy; this does.
  caret.style.setProperty('--color', color)
}

/** Colours what somebody else has selected. */
export function selectionOf(user: unknown): DecorationAttrs {
  return { class: 'selected', style: `--color: ${readUser(user).color}` }
}

function readUser(user: unknown): { name: string; color: string } {
  const { name, color } = (user ?? {}) as Record<string, unknown>
  return {
    name: nameOf({ id: '', ...(typeof name === 'string' && { name }) }),
    color: readColor(color) ?? COLORS[0],
  }
}
