import type { InboxFrame, NotificationPayload, RealtimeError } from '@coterie/protocol'
import { unattended } from '../channel/unattended.ts'
import type { Client } from '../client/client.ts'
import { type Backoff, createBackoff } from '../connection/backoff.ts'
import { mayRetry, retryDelayMs } from '../connection/retry.ts'
import { ListenerSet } from '../signals/listener-set.ts'
import { createSignal } from '../signals/signal.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { Announced } from './announced.ts'
import type { Inbox, MarkAllReadOptions } from './inbox.ts'
import { type InboxItem, isExpired } from './inbox-item.ts'
import { applyChange, type InboxChange, InboxList } from './inbox-list.ts'
import { InboxLoader } from './inbox-loader.ts'
import { InboxRequests } from './inbox-requests.ts'
import { type OptimisticRead, OptimisticReads } from './optimistic-reads.ts'
import { UnreadCounter } from './unread-counter.ts'

const RETRY_BASE_MS = 1_000
const RETRY_MAX_MS = 30_000
// Timers with a longer delay would run at once.
const MAX_TIMER_MS = 2_147_483_647

/** The inbox of a client's user, updated by frames and REST. */
export class NotificationInbox implements Inbox {
  readonly items = createSignal<readonly InboxItem[]>([])
  readonly unreadCount = createSignal(0)
  readonly isLoading = createSignal(false)
  readonly hasMore = createSignal(false)
  readonly error = createSignal<RealtimeError | null>(null)

  readonly #client: Client
  readonly #unreadOnly: boolean
  readonly #requests: InboxRequests
  readonly #loader: InboxLoader
  readonly #acknowledgements: Acknowledgements
  readonly #listeners: ListenerSet<InboxItem>
  readonly #backoff: Backoff
  readonly #list = new InboxList()
  readonly #reads = new OptimisticReads()
  readonly #counter = new UnreadCounter()
  readonly #announced = new Announced()
  readonly #stops: readonly (() => void)[]
  #userId: string | null
  #hasLoaded = false
  #failures = 0
  #isClosed = false
  #cancelRetry: (() => void) | undefined
  #cancelExpiry: (() => void) | undefined

  constructor(client: Client, pageSize: number, unreadOnly: boolean) {
    const { environment } = client
    this.#client = client
    this.#unreadOnly = unreadOnly
    this.#requests = new InboxRequests(client)
    this.#acknowledgements = new Acknowledgements(client)
    this.#listeners = new ListenerSet(environment.reportError)
    this.#backoff = createBackoff(RETRY_BASE_MS, RETRY_MAX_MS, () => environment.random())
    this.#userId = client.userId()
    this.#loader = new InboxLoader({
      pageSize,
      unreadOnly,
      list: (query) => this.#requests.list(query),
      onReloaded: ({ items, arrived, hasMore }) => {
        this.#hasLoaded = true
        this.#list.replace(items, arrived, hasMore)
        this.#publish()
      },
      onMore: ({ items, hasMore }) => {
        this.#list.append(items, hasMore)
        this.#publish()
      },
      onPending: (ids) => {
        for (const id of ids) this.#acknowledgements.add(id)
      },
    })
    this.#stops = [
      client.onFrame('notification', ({ payload }) => this.#arrive(payload)),
      client.onFrame('inbox', (frame) => this.#change(frame)),
      client.userId.subscribe((userId) => this.#become(userId)),
      client.status.subscribe((status) => {
        if (status === 'connected') this.#connected()
      }),
    ]
    if (client.status() === 'connected') this.#connected()
  }

  loadMore(): Promise<void> {
    const loaded = this.#attempt(() => this.#loader.more())
    this.#publish()
    return loaded
  }

  markRead(id: string): Promise<void> {
    const underWay = this.#reads.find(id)
    if (underWay) return underWay
    const item = this.#list.find(id)
    if (item?.is_read) return Promise.resolve()
    const mark = { id, ids: new Set([id]), count: item ? 1 : 0 }
    return this.#mark(mark, { read: [id] }, () => this.#requests.markRead(id))
  }

  markAllRead({ upTo }: MarkAllReadOptions = {}): Promise<void> {
    // Otherwise notifications that were never shown would be marked, also after a failed load.
    if (upTo === undefined && !this.#hasLoaded) return this.#loadAndMarkAll()
    const shown = this.items()
    const last = upTo ?? shown[0]?.id
    if (last === undefined) return Promise.resolve()
    const isUnread = ({ is_read: isRead }: InboxItem): boolean => !isRead
    // An item that is not loaded is older than all loaded ones.
    const start = shown.findIndex(({ id }) => id === last)
    const newer = start < 0 ? shown : shown.slice(0, start)
    const ids = shown
      .slice(newer.length)
      .filter(isUnread)
      .map(({ id }) => id)
    const count = Math.max(0, this.unreadCount() - newer.filter(isUnread).length)
    const mark = { id: undefined, upTo: last, ids: new Set(ids), count }
    return this.#mark(mark, { read: ids }, () => this.#requests.markAllRead(last))
  }

  #loadAndMarkAll(): Promise<void> {
    return this.#attempt(async () => {
      await this.#loader.loaded()
      // The inbox may belong to another user by now.
      if (this.#hasLoaded) await this.markAllRead()
    })
  }

  on(_event: 'notification', handler: (item: InboxItem) => void): () => void {
    return this.#listeners.add(handler)
  }

  close(): void {
    this.#isClosed = true
    for (const stop of this.#stops) stop()
    this.#cancelRetry?.()
    this.#cancelExpiry?.()
    this.#loader.reset()
    this.#requests.close()
    this.isLoading.set(false)
  }

  #connected(): void {
    this.#acknowledgements.connected()
    this.#failures = 0
    this.#reload()
  }

  #reload(): void {
    this.#cancelRetry?.()
    // Without a known user there is no inbox to load.
    if (this.#client.userId() === null) return
    const answer = this.#counter.ask()
    const count = async (): Promise<void> => {
      answer(await this.#requests.countUnread())
      this.#publish()
    }
    const reloaded = this.#attempt(async () => {
      await Promise.all([this.#loader.reload(), count()])
      this.#failures = 0
    })
    reloaded.catch((error: RealtimeError) => this.#retry(error))
    this.#publish()
  }

  #retry(error: RealtimeError): void {
    this.#cancelRetry?.()
    // A new connection triggers a reload by itself.
    if (this.#isClosed || this.#client.status() !== 'connected' || !mayRetry(error)) return
    const delayMs = retryDelayMs(error, this.#failures, this.#backoff)
    this.#failures += 1
    this.#cancelRetry = this.#client.environment.clock.setTimer(() => this.#reload(), delayMs)
  }

  #arrive(payload: NotificationPayload): void {
    if (isExpired(payload, this.#client.environment.clock.now())) return
    const item = { ...payload, is_read: false }
    this.#acknowledgements.add(item.id)
    this.#loader.noteArrival(item.id)
    this.#list.add(item)
    this.#publish()
    if (this.#announced.add(item.id)) this.#listeners.emit(item)
  }

  #change(frame: InboxFrame): void {
    this.#counter.set(frame.unread_count)
    this.#reads.confirm(frame)
    this.#list.apply(frame)
    this.#loader.note(frame)
    this.#publish()
  }

  #become(userId: string | null): void {
    const wasSomebody = this.#userId !== null
    this.#userId = userId
    if (!wasSomebody) return
    // The notifications of the previous user must not be shown to another.
    this.#list.clear()
    this.#hasLoaded = false
    this.#reads.clear()
    this.#counter.set(0)
    this.#announced.clear()
    this.#acknowledgements.clear()
    this.#loader.reset()
    this.#publish()
  }

  #mark(mark: OptimisticRead, change: InboxChange, ask: () => Promise<void>): Promise<void> {
    const marked = this.#attempt(async () => {
      try {
        await ask()
        this.#list.apply({ read: [...mark.ids] })
        this.#loader.note(change)
        if (this.#reads.remove(mark)) this.#counter.subtract(mark.count)
      } finally {
        this.#reads.remove(mark)
        this.#publish()
      }
    })
    if (!this.#isClosed) this.#reads.add(mark, marked)
    this.#publish()
    return marked
  }

  // The promise needs no handler: `error` reports the same.
  #attempt(run: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    const attempt = run().then(
      () => this.error.set(null),
      (error: RealtimeError) => {
        if (!this.#isClosed) this.error.set(error)
        this.#publish()
        throw error
      },
    )
    return unattended(attempt)
  }

  // Each value is read just before it is set: a listener to one may have changed the next.
  #publish(): void {
    if (this.#isClosed) return
    const { clock } = this.#client.environment
    this.#counter.subtract(this.#list.expire(clock.now()))
    this.#cancelExpiry?.()
    const { nextExpiryMs } = this.#list
    if (nextExpiryMs < Number.POSITIVE_INFINITY) {
      const delayMs = Math.min(MAX_TIMER_MS, nextExpiryMs - clock.now())
      this.#cancelExpiry = clock.setTimer(() => this.#publish(), delayMs)
    }
    this.items.set(this.#shown())
    this.unreadCount.set(Math.max(0, this.#counter.count - this.#reads.count))
    this.hasMore.set(this.#loader.hasMore)
    this.isLoading.set(this.#loader.isLoading)
  }

  #shown(): readonly InboxItem[] {
    // Resent notifications arrive oldest first and can be sorted in only once the page is loaded.
    if (!this.#hasLoaded && this.#loader.isLoading) return this.items()
    const read = this.#list.items.filter(({ id }) => this.#reads.find(id)).map(({ id }) => id)
    const items = applyChange(this.#list.items, { read })
    if (!this.#unreadOnly) return items
    const unread = items.filter(({ is_read: isRead }) => !isRead)
    const shown = this.items()
    const isSame = unread.length === shown.length && unread.every((item, at) => item === shown[at])
    return isSame ? shown : unread
  }
}
