import { type JsonValue, RealtimeError } from '@coterie/protocol'
import { generateKeyBetween } from 'fractional-indexing'
import { deriveSignal, type Signal } from '../signal.ts'
import { itemKey, itemsOf, type ListItem, type PlacedItem, placed } from './list-item.ts'
import type { SharedState } from './shared-state.ts'

/**
 * A list in shared state, changed item by item: writers who add, change, move
 * and remove different items at once do not undo each other's work.
 *
 * All methods reject as `SharedState.change` does, and with `not_found` for an
 * id that is not in the list.
 */
export interface SharedList<Item extends { readonly id: string }> {
  readonly items: Signal<readonly Item[]>
  /** Puts an item before the one at `index`; at the end by default. */
  insert(item: Item, index?: number): Promise<number>
  /** Changes members of an item and leaves the others alone. */
  update(id: string, change: Partial<Omit<Item, 'id'>>): Promise<number>
  /** Moves an item to where it stands at `index`. */
  move(id: string, index: number): Promise<number>
  /** Removes an item; one that is not there is no error. */
  remove(id: string): Promise<number>
}

/** Makes the list of a name in shared state; its items have keys of their own. */
export function createSharedList<Item extends { readonly id: string }>(
  state: SharedState,
  name: string,
): SharedList<Item> {
  const read = (): readonly PlacedItem[] => itemsOf(state.value(), name)
  const find = (id: string): PlacedItem => {
    const key = itemKey(name, id)
    const found = read().find((item) => item.key === key)
    if (!found) throw new RealtimeError('not_found', `${id} is not in ${name}`)
    return found
  }
  const write = (order: string, item: ListItem): Promise<number> =>
    state.set(itemKey(name, item.id), placed(order, item))

  return {
    items: deriveSignal([state.value], () => read().map(({ item }) => item as unknown as Item)),

    async insert(item, index = Number.POSITIVE_INFINITY) {
      return write(orderAt(read(), index), item as unknown as ListItem)
    },

    async update(id, change) {
      const { order, item } = find(id)
      return write(order, { ...item, ...(change as Record<string, JsonValue>), id })
    },

    async move(id, index) {
      const { key, item } = find(id)
      const others = read().filter((other) => other.key !== key)
      return write(orderAt(others, index), item)
    },

    remove: (id) => state.delete(itemKey(name, id)),
  }
}

function orderAt(items: readonly PlacedItem[], index: number): string {
  const at = Math.max(0, Math.min(items.length, index))
  const last = items[at - 1]?.order ?? null
  // Two who insert at the same place at once give the same order: what is between lies after both.
  const next = items.slice(at).find(({ order }) => last === null || order > last)
  return generateKeyBetween(last, next?.order ?? null)
}
