import type { InboxItem } from './inbox-item.ts'
import { applyChange, type InboxChange } from './inbox-list.ts'
import type { InboxPage, InboxPageQuery } from './inbox-requests.ts'

// The server's largest page.
const MAX_PAGE_SIZE = 100
// A user who has paged further than this pages again after a disconnect.
const MAX_DEPTH = 1_000

/** The result of a load. */
export interface Loaded {
  readonly items: readonly InboxItem[]
  /** Ids of items that arrived live meanwhile, which the list may lack. */
  readonly arrived: ReadonlySet<string>
  readonly hasMore: boolean
}

/** What the loader needs from its inbox. */
export interface LoaderParts {
  readonly pageSize: number
  readonly unreadOnly: boolean
  list(query: InboxPageQuery): Promise<InboxPage>
  /** Takes the items from the newest on. */
  onReloaded(loaded: Loaded): void
  /** Takes the page after the loaded ones. */
  onMore(loaded: Loaded): void
  /** Takes ids that no client has acknowledged yet. */
  onPending(ids: readonly string[]): void
}

interface Load {
  readonly promise: Promise<void>
  readonly isReload: boolean
}

/** Loads an inbox page by page, one load at a time, and reloads it after a disconnect. */
export class InboxLoader {
  readonly #parts: LoaderParts
  #load: Load | undefined
  #run = 0
  #cursor: string | undefined
  #depth: number
  // Changes during a request: the listed items may be from before or after them.
  #changes: InboxChange[] = []
  #arrived = new Set<string>()

  constructor(parts: LoaderParts) {
    this.#parts = parts
    this.#depth = parts.pageSize
  }

  get isLoading(): boolean {
    return this.#load !== undefined
  }

  get hasMore(): boolean {
    return this.#cursor !== undefined
  }

  /** Reloads as many items as there were, from the newest on; joins a load under way. */
  reload(): Promise<void> {
    return this.#start(true)
  }

  /** Waits for the current load; loads the newest page when none is under way. */
  loaded(): Promise<void> {
    return this.#load?.promise ?? this.reload()
  }

  /** Loads the next page, if there is one; several callers share a load. */
  more(): Promise<void> {
    const load = this.#load
    if (load?.isReload) return load.promise.then(() => this.more())
    if (load) return load.promise
    if (this.#cursor === undefined) return Promise.resolve()
    this.#depth = Math.min(MAX_DEPTH, this.#depth + this.#parts.pageSize)
    return this.#start(false)
  }

  /** Notes a change, in case the list of a load under way lacks it. */
  note(change: InboxChange): void {
    if (this.#load) this.#changes.push(change)
  }

  /** Notes a live arrival. */
  noteArrival(id: string): void {
    if (this.#load) this.#arrived.add(id)
  }

  /** Forgets what was loaded, and cancels the load under way. */
  reset(): void {
    this.#run += 1
    this.#load = undefined
    this.#cursor = undefined
    this.#depth = this.#parts.pageSize
  }

  #start(isReload: boolean): Promise<void> {
    this.#run += 1
    this.#changes = []
    this.#arrived.clear()
    const promise = this.#perform(this.#run, isReload)
    this.#load = { promise, isReload }
    return promise
  }

  async #perform(run: number, isReload: boolean): Promise<void> {
    try {
      let loaded: Loaded | undefined
      while (!loaded) {
        loaded = isReload
          ? await this.#fetch(run, undefined, this.#depth)
          : await this.#fetch(run, this.#cursor, this.#parts.pageSize)
        if (run !== this.#run) return await this.#load?.promise
      }
      this.#load = undefined
      if (isReload) this.#parts.onReloaded(loaded)
      else this.#parts.onMore(loaded)
    } catch (error) {
      if (run !== this.#run) return await this.#load?.promise
      this.#load = undefined
      if (!isReload) this.#depth = Math.max(1, this.#depth - this.#parts.pageSize)
      throw error
    }
  }

  // Undefined when all was read meanwhile: only the server knows which items came after that.
  async #fetch(run: number, from: string | undefined, count: number): Promise<Loaded | undefined> {
    let cursor = from
    let items: readonly InboxItem[] = []
    do {
      const size = Math.min(MAX_PAGE_SIZE, count - items.length)
      const { unreadOnly } = this.#parts
      const page = await this.#parts.list({ size, cursor, unreadOnly })
      if (run !== this.#run) return undefined
      this.#parts.onPending(page.pending)
      items = [...items, ...page.items]
      cursor = page.nextCursor
    } while (cursor !== undefined && items.length < count)
    const changes = this.#changes.splice(0)
    if (changes.some(({ all_read: isAllRead }) => isAllRead)) return undefined
    this.#cursor = cursor
    return {
      items: changes.reduce(applyChange, items),
      arrived: new Set(this.#arrived),
      hasMore: cursor !== undefined,
    }
  }
}
