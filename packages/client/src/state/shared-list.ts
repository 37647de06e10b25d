import { type JsonValue, RealtimeError } from '@coterie/protocol'
import { unattended } from '../channel/unattended.ts'
import { deriveSignal, type Signal } from '../signals/signal.ts'
import { itemKey, itemsOf, type ListItem, type PlacedItem, placed } from './list-item.ts'
import { ordersToPlace } from './list-order.ts'
import type { SharedState } from './shared-state.ts'

/**
 * A list in shared state, changed item by item: writers who add, change, move
 * and remove different items at once do not undo each other's changes.
 *
 * All methods reject as `SharedState.change` does, and with `not_found` for an
 * id that is not in the list.
 */
export interface SharedList<Item extends { readonly id: string }> {
  readonly items: Signal<readonly Item[]>
  /** Inserts an item before the one at `index`; at the end by default. */
  insert(item: Item, index?: number): Promise<number>
  /** Changes the given members of an item. */
  update(id: string, change: Partial<Omit<Item, 'id'>>): Promise<number>
  /** Moves an item to the given index. */
  move(id: string, index: number): Promise<number>
  /** Removes an item; a missing one is not an error. */
  remove(id: string): Promise<number>
}

/** Makes the list of a name in shared state; each item has its own key. */
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
  const place = (others: readonly PlacedItem[], item: ListItem, index: number): Promise<number> => {
    const key = itemKey(name, item.id)
    const items = new Map(others.map((other) => [other.key, other.item])).set(key, item)
    const orders = [...ordersToPlace(others, key, index)]
    return state.merge(
      Object.fromEntries(orders.map(([at, order]) => [at, placed(order, items.get(at) ?? item)])),
    )
  }

  const attempt = (run: () => Promise<number>): Promise<number> => unattended(run())

  return {
    items: deriveSignal([state.value], () => read().map(({ item }) => item as unknown as Item)),

    insert: (item, index = Number.POSITIVE_INFINITY) =>
      attempt(async () => {
        const own = itemKey(name, item.id)
        const items = read()
        const known = items.findIndex(({ key }) => key === own)
        const others = items.filter(({ key }) => key !== own)
        const isBefore = known !== -1 && known < index
        return place(others, item as unknown as ListItem, isBefore ? index - 1 : index)
      }),

    update: (id, change) =>
      attempt(async () => {
        const { key, order, item } = find(id)
        const changed = { ...item, ...(change as Record<string, JsonValue>), id }
        return state.set(key, placed(order, changed))
      }),

    move: (id, index) =>
      attempt(async () => {
        const { key, item } = find(id)
        const others = read().filter((other) => other.key !== key)
        return place(others, item, index)
      }),

    remove: (id) => attempt(async () => state.delete(itemKey(name, id))),
  }
}
