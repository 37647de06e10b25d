import type { CursorState } from '@coterie/client'
import { element, find, setText } from '../../chat/page/element.ts'
import { colorOf, nameOf } from './board-user.ts'
import { BOARD_HEIGHT, BOARD_WIDTH, type Point } from './point.ts'

const PERCENT = 100
const ARROW = 'M1 1 L1 15 L5 11.500 L7.600 17.500 L10.200 16.400 L7.600 10.500 L13 10.500 Z'

/** Where a cursor is that is not over the board. */
export const AWAY: Point = { x: -1, y: -1 }

/** Shows where the others point. */
export class CursorLayer {
  readonly #root = find(document, '#cursors', HTMLElement)
  readonly #byUser = new Map<string, HTMLElement>()

  show(cursors: readonly CursorState[]): void {
    const shown = cursors.filter(isOverBoard)
    for (const [id, node] of this.#byUser) {
      if (shown.some(({ user }) => user.id === id)) continue
      node.remove()
      this.#byUser.delete(id)
    }
    for (const { user, x, y } of shown) {
      const node = this.#byUser.get(user.id) ?? this.#add(user.id)
      node.style.left = `${(x / BOARD_WIDTH) * PERCENT}%`
      node.style.top = `${(y / BOARD_HEIGHT) * PERCENT}%`
      node.style.setProperty('--color', colorOf(user))
      // Near the edge the name would be cut off.
      node.classList.toggle('is-flipped', x > BOARD_WIDTH * 0.8)
      const label = node.querySelector('.cursor-name')
      if (label) setText(label, nameOf(user))
    }
  }

  #add(userId: string): HTMLElement {
    const arrow = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
    arrow.setAttribute('viewBox', '0 0 16 20')
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    path.setAttribute('d', ARROW)
    arrow.append(path)
    const node = element('div', 'cursor', arrow, element('span', 'cursor-name'))
    this.#byUser.set(userId, node)
    this.#root.append(node)
    return node
  }
}

function isOverBoard({ x, y }: CursorState): boolean {
  return x >= 0 && x <= BOARD_WIDTH && y >= 0 && y <= BOARD_HEIGHT
}
