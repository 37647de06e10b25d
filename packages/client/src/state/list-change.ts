import type { JsonValue, StateValues } from '@coterie/protocol'
import { itemKey, itemsOf, type ListItem, type PlacedItem, placed } from './list-item.ts'
import { compareOrders, isOrder, type OrderedKey, ordersBetween } from './list-order.ts'
import type { StateChange } from './shared-state.ts'

/**
 * Returns the change that turns a list into another. It contains only items
 * that are new, different, removed or moved, so that concurrent changes of other
 * users to the rest survive.
 *
 * @param endingOf as for `ordersBetween`
 */
export function listChange(
  values: StateValues,
  list: string,
  wanted: readonly ListItem[],
  endingOf?: (key: string) => string,
): Required<Pick<StateChange, 'set' | 'delete'>> {
  const before = new Map(itemsOf(values, list).map((item) => [item.key, item]))
  const set: Record<string, JsonValue> = {}
  let last: OrderedKey | null = null
  for (const [index, item] of wanted.entries()) {
    const key = itemKey(list, item.id)
    const known = before.get(key)
    before.delete(key)
    const isInPlace: boolean = known !== undefined && follows(known, last)
    const order: string =
      known && isInPlace
        ? known.order
        : orderAfter(last, key, wanted.slice(index + 1), list, before, endingOf)
    last = { key, order }
    if (known?.order !== order || !isEqual(known.item, item)) set[key] = placed(order, item)
  }
  return { set, delete: [...before.keys()] }
}

/** Returns an order between the last one and that of the next unmoved item. */
function orderAfter(
  last: OrderedKey | null,
  key: string,
  following: readonly ListItem[],
  list: string,
  before: ReadonlyMap<string, PlacedItem>,
  endingOf?: (key: string) => string,
): string {
  const lower = last?.order ?? null
  let upper: string | null = null
  for (const { id } of following) {
    const next = before.get(itemKey(list, id))
    if (!next || !isOrder(next.order) || (lower !== null && next.order <= lower)) continue
    upper = next.order
    break
  }
  return ordersBetween(lower, upper, [key], endingOf).get(key) as string
}

function follows(known: PlacedItem, last: OrderedKey | null): boolean {
  return isOrder(known.order) && (last === null || compareOrders(known, last) > 0)
}

function isEqual(a: JsonValue, b: JsonValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
