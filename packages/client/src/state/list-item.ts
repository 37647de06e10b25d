import type { JsonValue, StateValues } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'
import { compareOrders, type OrderedKey } from './list-order.ts'

/** An item of a list; its `id` stays the same wherever it is moved. */
export type ListItem = { readonly id: string } & { readonly [name: string]: JsonValue }

/** An item as stored: under its own key, so that two writers of a list do not conflict. */
export interface PlacedItem extends OrderedKey {
  readonly item: ListItem
}

/** Returns the key of a list's item. */
export function itemKey(list: string, id: string): string {
  return `${list}/${id}`
}

/** Returns the list of an item's key; undefined for any other key. */
export function listOf(key: string): string | undefined {
  const end = key.indexOf('/')
  return end === -1 ? undefined : key.slice(0, end)
}

/** Writes an item as the value of its key. */
export function placed(order: string, item: ListItem): JsonValue {
  return { order, item }
}

/** Returns the items of a list in order; skips values that are not items. */
export function itemsOf(values: StateValues, list: string): readonly PlacedItem[] {
  const items: PlacedItem[] = []
  for (const [key, value] of Object.entries(values)) {
    if (listOf(key) !== list || !isRecord(value)) continue
    const { order, item } = value
    if (typeof order === 'string' && isListItem(item)) items.push({ key, order, item })
  }
  return items.sort(compareOrders)
}

/** Tells whether a value can be an item of a list. */
export function isListItem(value: unknown): value is ListItem {
  return isRecord(value) && typeof value.id === 'string' && value.id !== ''
}

/** Tells whether a value is a list of items with distinct ids. */
export function isList(value: unknown): value is readonly ListItem[] {
  if (!Array.isArray(value) || !value.every(isListItem)) return false
  return new Set(value.map(({ id }) => id)).size === value.length
}
