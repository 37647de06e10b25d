import type { Filter, FilterKey, FilterPivot } from './filter.ts'
import type { FilteredEvent } from './filtered-event.ts'

/** Something that is found by a filter, or by none. */
export interface Filtered {
  readonly filter: Filter | undefined
  /** The user to whom testing it is charged. */
  readonly userId: string
}

/** Subscribers who are asked for the steps of reading a path; then all share some. */
const MAX_TRIED = 64
/** To whom reading is charged when none of them has steps left. No user has this id. */
const NOBODY = ''

/** Those of one path, by the value that they want there. */
type Lookup<Item> = Map<FilterKey, Set<Item>>

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
      lookup = new Map()
      this.#lookups.set(pivot.path, lookup)
    }
    for (const key of pivot.keys) {
      const items = lookup.get(key)
      if (items) items.add(item)
      else lookup.set(key, new Set([item]))
    }
  }

  /** Takes an item away; repeating it changes nothing. */
  remove(item: Item): void {
    const pivot = this.#chosen.get(item) ?? item.filter?.pivots[0]
    this.#chosen.delete(item)
    this.#tested.delete(item)
    const lookup = pivot && this.#lookups.get(pivot.path)
    if (!pivot || !lookup) return
    for (const key of pivot.keys) {
      const items = lookup.get(key)
      if (items?.delete(item) && items.size === 0) lookup.delete(key)
    }
    if (lookup.size === 0) this.#lookups.delete(pivot.path)
  }

  /**
   * Adds to `found` those that match an event; who is not wanted is not even
   * tested. Whose steps are spent does not match.
   */
  match(event: FilteredEvent, found: Set<Item>, isWanted: (item: Item) => boolean): void {
    for (const [path, lookup] of this.#lookups) {
      beginLookup(lookup, event)
      const values = event.at(path).plain(event)
      if (!values) event.countSpent()
      else if (values.size < lookup.size) {
        for (const value of values) {
          const items = value === null ? undefined : lookup.get(value as FilterKey)
          if (items) testAll(items, event, found, isWanted)
        }
      } else {
        for (const [key, items] of lookup) {
          if (values.has(key)) testAll(items, event, found, isWanted)
        }
      }
    }
    for (const item of this.#tested) if (isWanted(item)) test(item, event, found)
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
      const byKey = this.#lookups.get(pivot.path)
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

// Reading a path is charged to one of those who want something there: to the first who has
// steps left, so that who has used theirs up does not hide the path from the others.
function beginLookup<Item extends Filtered>(lookup: Lookup<Item>, event: FilteredEvent): void {
  let tried = 0
  for (const items of lookup.values()) {
    for (const { userId } of items) {
      if (event.begin(userId)) return
      tried += 1
      if (tried === MAX_TRIED) break
    }
    if (tried === MAX_TRIED) break
  }
  event.begin(NOBODY)
}

function testAll<Item extends Filtered>(
  items: ReadonlySet<Item>,
  event: FilteredEvent,
  found: Set<Item>,
  isWanted: (item: Item) => boolean,
): void {
  for (const item of items) {
    if (!isWanted(item)) continue
    if (item.filter?.isPivot) found.add(item)
    else test(item, event, found)
  }
}

function test<Item extends Filtered>(item: Item, event: FilteredEvent, found: Set<Item>): void {
  const { filter, userId } = item
  if (!filter) {
    found.add(item)
    return
  }
  const isMatch = event.begin(userId) && filter.passes(event)
  if (event.isSpent) event.countSpent()
  else if (isMatch) found.add(item)
}
