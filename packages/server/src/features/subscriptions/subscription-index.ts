import { hasWildcard, ok, type Result, TopicMatcher } from '@coterie/protocol'
import { createFilterFigures, type FilterFigures } from '../../core/filter-figures.ts'
import type { StoredSubscription } from '../../ports/subscription-repository.ts'
import type { EventDocument } from './event-document.ts'
import { type CompiledFilter, compileFilter, type Filter, joinFilters } from './filter.ts'
import { FilterBytes, filterBytesOf } from './filter-bytes.ts'
import { FILTER_BOUNDS, type FilterBounds, FilteredEvent } from './filtered-event.ts'
import { type Filtered, FilteredSet } from './filtered-set.ts'

/** A subscription that can be matched. */
export interface IndexedSubscription extends Filtered {
  readonly stored: StoredSubscription
  readonly filterBytes: number
}

/** Told of the channel of an event, and how many filters did not match it for want of steps. */
export type SpentFiltersListener = (channel: string, filters: number) => void

type Items = FilteredSet<IndexedSubscription>

const NO_LABELS: readonly string[] = []
const NOBODY: readonly IndexedSubscription[] = []

/** Finds the active subscriptions that an event is for, however many there are. */
export class SubscriptionIndex {
  readonly #byId = new Map<string, IndexedSubscription>()
  readonly #byResource = new Map<string, Items>()
  readonly #byResourceType = new Map<string, Items>()
  readonly #byTopic = new Map<string, Items>()
  readonly #patterns = new TopicMatcher<Items>()
  /** Subscriptions to patterns, by user. */
  readonly #patternsByUser = new Map<string, number>()
  /** What the filters of each user have, as they were stored. */
  readonly filterBytes = new FilterBytes()
  readonly #anyResource: Items = new FilteredSet()
  readonly #bounds: FilterBounds
  readonly #figures: FilterFigures
  readonly #onSpent: SpentFiltersListener

  /**
   * @param bounds of the steps that filters may take for one event
   * @param onSpent told of each event for which some did not suffice
   */
  constructor(
    figures = createFilterFigures(),
    bounds = FILTER_BOUNDS,
    onSpent: SpentFiltersListener = () => {},
  ) {
    this.#figures = figures
    this.#bounds = bounds
    this.#onSpent = onSpent
  }

  get size(): number {
    return this.#byId.size
  }

  /** True while some subscription is for what is published to channels. */
  get hasTopics(): boolean {
    return this.#byTopic.size > 0
  }

  find(id: string): StoredSubscription | undefined {
    return this.#byId.get(id)?.stored
  }

  /** Returns the names and patterns that subscriptions are for. */
  topics(): Iterable<string> {
    return this.#byTopic.keys()
  }

  /** Counts the active subscriptions of a user that are for patterns. */
  patternsOf(userId: string): number {
    return this.#patternsByUser.get(userId) ?? 0
  }

  hasTopic(topic: string): boolean {
    return this.#byTopic.has(topic)
  }

  /** Puts a subscription in the place of what was known by its id; one that is not active is forgotten. */
  set(stored: StoredSubscription): void {
    this.remove(stored.id)
    if (stored.status !== 'active') return
    const filter = filterOf(stored)
    // One that cannot be understood, from another release, routes nothing.
    if (!filter.ok) return
    // What was asked for is kept in the store; here its compiled form is enough.
    const kept = { ...stored, query: null, payloadFilter: null, labels: NO_LABELS }
    const filterBytes = filterBytesOf(stored)
    const item = { stored: kept, userId: stored.userId, filter: filter.value, filterBytes }
    this.filterBytes.add(stored.userId, filterBytes)
    this.#byId.set(stored.id, item)
    this.#open(stored).add(item)
    this.#countPattern(stored, 1)
  }

  /** Forgets a subscription; false when it is not known. */
  remove(id: string): boolean {
    const item = this.#byId.get(id)
    if (!item) return false
    this.#byId.delete(id)
    const { stored } = item
    this.filterBytes.add(stored.userId, -item.filterBytes)
    this.#countPattern(stored, -1)
    const items = this.#open(stored)
    items.remove(item)
    if (items.isEmpty) this.#close(stored, items)
    return true
  }

  /** Finds those who are interested in something that happened to a resource. */
  matchResource(
    type: string,
    id: string,
    document: EventDocument,
    nowMs: number,
  ): readonly IndexedSubscription[] {
    const found = new Set<IndexedSubscription>()
    const event = this.#look(document)
    this.#byResource.get(resourceKey(type, id))?.match(event, found, always)
    this.#byResourceType.get(type)?.match(event, found, always)
    this.#anyResource.match(event, found, always)
    this.#tellSpent(document, event)
    return current(found, nowMs)
  }

  /**
   * Finds those who are interested in something published to a channel.
   *
   * @param isWanted leaves others out, before their filters are tested
   */
  matchTopic(
    document: EventDocument,
    nowMs: number,
    isWanted: (item: IndexedSubscription) => boolean = always,
  ): readonly IndexedSubscription[] {
    const { channel } = document
    const named = this.#byTopic.get(channel)
    if (!named && this.#patterns.isEmpty) return NOBODY
    const found = new Set<IndexedSubscription>()
    const event = this.#look(document)
    named?.match(event, found, isWanted)
    if (!this.#patterns.isEmpty) {
      for (const items of this.#patterns.matchTopic(channel)) {
        items.match(event, found, isWanted)
      }
    }
    this.#tellSpent(document, event)
    return found.size === 0 ? NOBODY : current(found, nowMs)
  }

  #countPattern({ topic, userId }: StoredSubscription, change: 1 | -1): void {
    if (topic === null || !hasWildcard(topic)) return
    const count = this.patternsOf(userId) + change
    if (count > 0) this.#patternsByUser.set(userId, count)
    else this.#patternsByUser.delete(userId)
  }

  #look(document: EventDocument): FilteredEvent {
    return new FilteredEvent(document, this.#bounds, this.#figures)
  }

  #tellSpent({ channel }: EventDocument, { spentFilters }: FilteredEvent): void {
    if (spentFilters > 0) this.#onSpent(channel, spentFilters)
  }

  #open(stored: StoredSubscription): Items {
    const { topic, resourceType, resourceId } = stored
    if (topic !== null) {
      return itemsOf(this.#byTopic, topic, (created) => {
        if (hasWildcard(topic)) this.#patterns.subscribe(topic, created)
      })
    }
    if (resourceType === null) return this.#anyResource
    return resourceId === null
      ? itemsOf(this.#byResourceType, resourceType)
      : itemsOf(this.#byResource, resourceKey(resourceType, resourceId))
  }

  #close({ topic, resourceType, resourceId }: StoredSubscription, items: Items): void {
    if (topic !== null) {
      this.#byTopic.delete(topic)
      if (hasWildcard(topic)) this.#patterns.unsubscribe(topic, items)
    } else if (resourceType !== null) {
      if (resourceId === null) this.#byResourceType.delete(resourceType)
      else this.#byResource.delete(resourceKey(resourceType, resourceId))
    }
  }
}

/** Compiles what a subscription says of the events it wants: its query and its payload filter. */
export function filterOf({
  query,
  payloadFilter,
}: Pick<StoredSubscription, 'query' | 'payloadFilter'>): Result<Filter | undefined> {
  const filters: CompiledFilter[] = []
  if (query) {
    const compiled = compileFilter(query)
    if (!compiled.ok) return compiled
    filters.push(compiled.value)
  }
  if (payloadFilter) {
    const compiled = compileFilter(payloadFilter, 'payload')
    if (!compiled.ok) return compiled
    filters.push(compiled.value)
  }
  return ok(joinFilters(filters))
}

/** Tells whether a subscription is past its time. */
export function isPast({ expiresAtMs }: StoredSubscription, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs
}

function current(found: Set<IndexedSubscription>, nowMs: number): readonly IndexedSubscription[] {
  const items = [...found]
  return items.some(({ stored }) => isPast(stored, nowMs))
    ? items.filter(({ stored }) => !isPast(stored, nowMs))
    : items
}

function always(): boolean {
  return true
}

// The length says where the type ends, whatever either holds.
function resourceKey(type: string, id: string): string {
  return `${type.length}:${type}${id}`
}

function itemsOf(
  map: Map<string, Items>,
  key: string,
  onCreated?: (created: Items) => void,
): Items {
  const known = map.get(key)
  if (known) return known
  const created: Items = new FilteredSet()
  map.set(key, created)
  onCreated?.(created)
  return created
}
