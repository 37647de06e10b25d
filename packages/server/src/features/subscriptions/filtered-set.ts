import type { Filter, FilterKey, FilterPivot } from './filter.ts'
import { valuesAt } from './filter-value.ts'

/** Something that is found by a filter, or by none. */
export interface Filtered {
  readonly filter: Filter | undefined
}

/** Those of one path, by the value that they want there. */
interface Lookup<Item> {
  readonly segments: readonly string[]
  readonly byKey: Map<FilterKey, Set<Item>>
}

/**
 * Finds those whose filter matches a document. Whoever wants a certain value
 * is looked up by it; only the others are tested one after another.
 */
export class FilteredSet<Item extends Filtered> {
  readonly #tested = new Set<Item>()
  readonly #lookups = new Map<string, Lookup<Item>>()
  /** By which of its values each one is looked up, where it is not the first. */
  readonly #chosen = new Map<Item, FilterPivot>()

  get isEmpty(): boolean {
    return this.#tested.size === 0 && this.#lookups.size === 0
  }

  /** Adds an item that is not there yet. */
  add(item: Item): void {
    const pivot = this.#choose(item)
    if (!pivot) {
      this.#tested.add(item)
      return
    }
    let lookup = this.#lookups.get(pivot.path)
    if (!lookup) {
      lookup = { segments: pivot.path.split('.'), byKey: new Map() }
      this.#lookups.set(pivot.path, lookup)
    }
    for (const key of pivot.keys) {
      const items = lookup.byKey.get(key)
      if (items) items.add(item)
      else lookup.byKey.set(key, new Set([item]))
    }
  }

  /** Takes an item away; twice is once. */
  remove(item: Item): void {
    const pivot = this.#chosen.get(item) ?? item.filter?.pivots[0]
    this.#chosen.delete(item)
    this.#tested.delete(item)
    const lookup = pivot && this.#lookups.get(pivot.path)
    if (!pivot || !lookup) return
    for (const key of pivot.keys) {
      const items = lookup.byKey.get(key)
      if (items?.delete(item) && items.size === 0) lookup.byKey.delete(key)
    }
    if (lookup.byKey.size === 0) this.#lookups.delete(pivot.path)
  }

  /** Adds to `found` those that match a document; who is not wanted is not even tested. */
  match(document: object, found: Set<Item>, isWanted: (item: Item) => boolean): void {
    for (const item of this.#tested) {
      if (!isWanted(item)) continue
      if (!item.filter || item.filter.matches(document)) found.add(item)
    }
    for (const { segments, byKey } of this.#lookups.values()) {
      for (const value of valuesAt(document, segments)) {
        for (const key of Array.isArray(value) ? value : [value]) {
          const items = typeof key === 'object' ? undefined : byKey.get(key)
          if (items) matchAll(items, document, found, isWanted)
        }
      }
    }
  }

  // The value that the fewest others want: `{kind: 'post', author: 'ada'}` goes by its author.
  #choose(item: Item): FilterPivot | undefined {
    const pivots = item.filter?.pivots ?? []
    const [first] = pivots
    if (!first || pivots.length === 1) return first
    const known = this.#chosen.get(item)
    if (known) return known
    let chosen = first
    let smallest = Number.POSITIVE_INFINITY
    for (const pivot of pivots) {
      const byKey = this.#lookups.get(pivot.path)?.byKey
      let size = 0
      for (const key of pivot.keys) size += byKey?.get(key)?.size ?? 0
      if (size >= smallest) continue
      smallest = size
      chosen = pivot
    }
    if (chosen !== first) this.#chosen.set(item, chosen)
    return chosen
  }
}

function matchAll<Item extends Filtered>(
  items: ReadonlySet<Item>,
  document: object,
  found: Set<Item>,
  isWanted: (item: Item) => boolean,
): void {
  for (const item of items) {
    if (!isWanted(item)) continue
    if (item.filter?.isPivot || item.filter?.matches(document)) found.add(item)
  }
}
