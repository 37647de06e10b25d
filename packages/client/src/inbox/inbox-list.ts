import { type InboxItem, isExpired } from './inbox-item.ts'

/** A change of an inbox, made by this device or another. */
export interface InboxChange {
  readonly read?: readonly string[]
  readonly removed?: readonly string[]
  readonly all_read?: boolean
  /** The notification or time up to which everything was marked as read. */
  readonly read_up_to?: string
}

/** The loaded part of an inbox, newest first: from the newest to the last loaded page. */
export class InboxList {
  #items: readonly InboxItem[] = []
  // Older items belong to a page that was not loaded; adding them would leave a hole.
  #endsAt = ''

  get items(): readonly InboxItem[] {
    return this.#items
  }

  find(id: string): InboxItem | undefined {
    return this.#items.find((item) => item.id === id)
  }

  /** Adds a live item, unless it is known or older than the loaded part. */
  add(item: InboxItem): void {
    if (item.created_at < this.#endsAt || this.find(item.id)) return
    this.#items = sort([item, ...this.#items])
  }

  /**
   * Replaces the items by what the server listed from the newest on.
   *
   * @param arrived ids of items that arrived during the request, which the server may not list yet
   */
  replace(listed: readonly InboxItem[], arrived: ReadonlySet<string>, hasMore: boolean): void {
    const kept = this.#items.filter(({ id }) => arrived.has(id))
    this.#merge(kept, listed, hasMore)
  }

  /** Adds the next page. */
  append(listed: readonly InboxItem[], hasMore: boolean): void {
    this.#merge(this.#items, listed, hasMore)
  }

  apply({ read = [], removed = [], all_read: isAllRead = false }: InboxChange): void {
    this.#items = applyChange(this.#items, { read, removed, all_read: isAllRead })
  }

  /** Removes expired items; returns how many of them were unread. */
  expire(nowMs: number): number {
    const expired = this.#items.filter((item) => isExpired(item, nowMs))
    if (expired.length > 0) this.apply({ removed: expired.map(({ id }) => id) })
    return expired.filter(({ is_read: isRead }) => !isRead).length
  }

  /** When the next item expires, in ms since 1970; Infinity when none does. */
  get nextExpiryMs(): number {
    return this.#items.reduce(
      (next, { expires_at: at }) => (at === null ? next : Math.min(next, Date.parse(at))),
      Number.POSITIVE_INFINITY,
    )
  }

  clear(): void {
    this.#items = []
    this.#endsAt = ''
  }

  #merge(kept: readonly InboxItem[], listed: readonly InboxItem[], hasMore: boolean): void {
    const known = new Map(this.#items.map((item) => [item.id, item]))
    const keptIds = new Set(kept.map(({ id }) => id))
    // A read item never becomes unread again: a list that says so is outdated.
    const fresh = listed
      .filter(({ id }) => !keptIds.has(id))
      .map((item) => {
        const before = known.get(item.id)
        return before?.is_read === item.is_read || before?.is_read ? before : item
      })
    this.#endsAt = hasMore ? earliest(listed) : ''
    this.#items = sort([...kept, ...fresh]).filter(
      ({ created_at: createdAt }) => createdAt >= this.#endsAt,
    )
  }
}

/** Applies a change to a list that the server made before it. */
export function applyChange(
  items: readonly InboxItem[],
  { read = [], removed = [], all_read: isAllRead = false }: InboxChange,
): readonly InboxItem[] {
  const readIds = new Set(read)
  const removedIds = new Set(removed)
  const isNews = (item: InboxItem): boolean =>
    removedIds.has(item.id) || (!item.is_read && (isAllRead || readIds.has(item.id)))
  // Returns the same list while nothing changes: signals report changes only.
  if (!items.some(isNews)) return items
  return items
    .filter(({ id }) => !removedIds.has(id))
    .map((item) => (isNews(item) ? { ...item, is_read: true } : item))
}

// Stable, so that items of the same moment keep the server's order.
function sort(items: readonly InboxItem[]): readonly InboxItem[] {
  return [...items].sort((a, b) =>
    a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0,
  )
}

// The server orders by sequence, not by clock: the last item of a page need not be the earliest.
function earliest(items: readonly InboxItem[]): string {
  return items.map(({ created_at: createdAt }) => createdAt).sort()[0] ?? ''
}
