import type { RealtimeError } from '@coterie/protocol'
import type { Signal } from '../signals/signal.ts'
import type { InboxItem } from './inbox-item.ts'

/** What an inbox shows. */
export interface InboxOptions {
  /** Notifications that are loaded at once, 1 to 100. @default 20 */
  readonly pageSize?: number
  /** Lists only what was not read; what is read leaves the list. @default false */
  readonly unreadOnly?: boolean
}

/** Which notifications `markAllRead` marks as read. */
export interface MarkAllReadOptions {
  /** The id of the last one. @default the newest that is shown */
  readonly upTo?: string
}

/** A user's notifications: those of the past, page by page, and those that come. */
export interface Inbox {
  /** Newest first, each once: the pages loaded so far, and what came since. */
  readonly items: Signal<readonly InboxItem[]>
  /** How many are unread, loaded or not. */
  readonly unreadCount: Signal<number>
  /** True while a page is on its way, for the first time or again. */
  readonly isLoading: Signal<boolean>
  /** True where there are older ones than those loaded. */
  readonly hasMore: Signal<boolean>
  /** What went wrong last; null once something has worked. */
  readonly error: Signal<RealtimeError | null>
  /**
   * Loads the next page; nothing where there is none. Calls at once share one load.
   *
   * @throws {RealtimeError} by the promise, which nobody has to wait for; `error` has it too
   */
  loadMore(): Promise<void>
  /**
   * Marks one as read, on all of the user's devices. Shown at once, and taken
   * back where the server refuses.
   *
   * @throws {RealtimeError} by the promise, which nobody has to wait for; `error` has it too
   */
  markRead(id: string): Promise<void>
  /**
   * Marks all as read, loaded or not, up to the newest that is shown: what
   * comes meanwhile stays unread. Before the first page is there it is loaded
   * first; where that fails nothing is marked. Otherwise like `markRead`.
   */
  markAllRead(options?: MarkAllReadOptions): Promise<void>
  /**
   * Hears each notification that comes, once, however often it is sent again;
   * the returned function ends it.
   */
  on(event: 'notification', handler: (item: InboxItem) => void): () => void
  /** Stops listening and loading. Idempotent. */
  close(): void
}
