import { generateKeyBetween } from 'fractional-indexing'

/** The position of an item among the others of a list. */
export interface OrderedKey {
  readonly key: string
  /** Compared by code units; items with equal orders sort by key. */
  readonly order: string
}

/** The first order of a list whose orders have no suffixes. */
const FIRST = 'a0'

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193
// Without a zero, because an order must not end in one.
const DIGITS = '123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ENDING_DIGITS = 6

/** Sorts as lists do: by order, then by key. */
export function compareOrders(a: OrderedKey, b: OrderedKey): number {
  // By code units, as the orders are made: a locale would sort them differently.
  return compare(a.order, b.order) || compare(a.key, b.key)
}

/**
 * Returns orders for consecutive items between two given orders.
 *
 * An order ends in a suffix that depends on its key alone, so that two writers
 * who insert different items at one index at once leave room between them. The
 * part before the suffix depends on the bounds alone: writers who saw the same
 * list agree on it.
 *
 * @param endingOf returns the suffix of a key's order
 */
export function ordersBetween(
  lower: string | null,
  upper: string | null,
  keys: readonly string[],
  endingOf: (key: string) => string = hashOf,
): ReadonlyMap<string, string> {
  const orders = new Map<string, string>()
  // When two writers begin a list at once, the items without suffixes come last.
  let next = upper ?? (lower === null && endingOf === hashOf ? FIRST : null)
  for (const key of keys.toReversed()) {
    next = roomBefore(lower, next)
    orders.set(key, next + endingOf(key))
  }
  return orders
}

/**
 * Returns the orders to write so that a key moves to an index: its own, and
 * those of neighbours whose orders leave no room between them.
 *
 * @param items all others in their order
 */
export function ordersToPlace(
  items: readonly OrderedKey[],
  key: string,
  index: number,
): ReadonlyMap<string, string> {
  const at = Math.max(0, Math.min(items.length, index))
  let start = at
  for (let before = items[start - 1]; before && !isOrder(before.order); before = items[start - 1]) {
    start -= 1
  }
  const lower = items[start - 1]?.order ?? null
  const isRoomBefore = ({ order }: OrderedKey): boolean =>
    isOrder(order) && (lower === null || order > lower)
  const following = items.slice(at)
  const room = following.findIndex(isRoomBefore)
  const crowded = room === -1 ? following : following.slice(0, room)
  const keys = [...items.slice(start, at), { key }, ...crowded].map((each) => each.key)
  return ordersBetween(lower, following[room]?.order ?? null, keys)
}

/** Tells whether a text is a valid order; other clients may have written anything. */
export function isOrder(order: string): boolean {
  try {
    generateKeyBetween(order, null)
    generateKeyBetween(null, order)
    return true
  } catch {
    return false
  }
}

/** Returns an order between two; with any suffix added, it stays between them. */
function roomBefore(lower: string | null, upper: string | null): string {
  let order = generateKeyBetween(lower, upper)
  while (upper?.startsWith(order)) order = generateKeyBetween(lower, order)
  return order
}

function hashOf(key: string): string {
  let hash = FNV_OFFSET
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, FNV_PRIME)
  let rest = hash >>> 0
  let ending = ''
  for (let digit = 0; digit < ENDING_DIGITS; digit += 1) {
    ending = DIGITS[rest % DIGITS.length] + ending
    rest = Math.floor(rest / DIGITS.length)
  }
  return ending
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
