import type { InboxItem } from './inbox-item.ts'
import { applyChange, type InboxChange } from './inbox-list.ts'
import type { InboxPage, InboxPageQuery } from './inbox-requests.ts'

// What the server gives at once.
const MAX_PAGE_SIZE = 100
// Who has paged further than this pages again after a cut.
const MAX_DEPTH = 1_000

/** What a load brought. */
export interface Loaded {
  readonly items: readonly InboxItem[]
  /** Ids of those that came live meanwhile, which the list may lack. */
  readonly arrived: ReadonlySet<string>
  readonly hasMore: boolean
}

/** What the loader needs of its inbox. */
export interface LoaderParts {
  readonly pageSize: number
  readonly unreadOnly: boolean
  list(query: InboxPageQuery): Promise<InboxPage>
  /** Takes what is listed from the newest on. */
  onReloaded(loaded: Loaded): void
  /** Takes the page behind what was loaded. */
  onMore(loaded: Loaded): void
  /** Takes ids that no client has acknowledged yet. */
  onPending(ids: readonly string[]): void
}

interface Load {
  readonly promise: Promise<void>
  readonly isReload: boolean
}

/** Loads an inbox page by page, one load at a time, and all that was loaded again after a cut. */
export class InboxLoader {
  readonly #parts: LoaderParts
  #load: Load | undefined
  #run = 0
  #cursor: string | undefined
  #depth: number
  // What happened while the server was asked: its list may be from before or after it.
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

  /** Loads from the newest on as many as were there; a load under way ends with this one. */
  reload(): Promise<void> {
    return this.#start(true)
  }

  /** Waits for what is being loaded; loads the newest where nothing is. */
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

  /** Notes what happened, in case that a list under way does not know of it. */
  note(change: InboxChange): void {
    if (this.#load) this.#changes.push(change)
  }

  /** Notes one that came live. */
  noteArrival(id: string): void {
    if (this.#load) this.#arrived.add(id)
  }

  /** Forgets what was loaded, and gives up what is under way. */
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

  // Undefined where all was read meanwhile: which of the list came after that, only the server knows.
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
