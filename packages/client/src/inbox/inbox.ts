import type { RealtimeError } from '@coterie/protocol'
import type { Signal } from '../signals/signal.ts'
import type { InboxItem } from './inbox-item.ts'

/** How an inbox is loaded. */
export interface InboxOptions {
  /** Notifications per page, 1 to 100. @default 20 */
  readonly pageSize?: number
  /** Lists unread notifications only; a read one leaves the list. @default false */
  readonly unreadOnly?: boolean
}

/** Which notifications `markAllRead` marks as read. */
export interface MarkAllReadOptions {
  /** The id of the last one to mark. @default the newest shown */
  readonly upTo?: string
}

/** A user's notifications: past ones, page by page, and live ones. */
export interface Inbox {
  /** Newest first, without duplicates: the pages loaded so far, and live arrivals. */
  readonly items: Signal<readonly InboxItem[]>
  /** Number of unread notifications, loaded or not. */
  readonly unreadCount: Signal<number>
  /** True while a page is loading or reloading. */
  readonly isLoading: Signal<boolean>
  /** True when older notifications are not loaded yet. */
  readonly hasMore: Signal<boolean>
  /** The last error; null after a success. */
  readonly error: Signal<RealtimeError | null>
  /**
   * Loads the next page, if there is one. Concurrent calls share one load.
   *
   * @throws {RealtimeError} by the promise, which needs no handler; `error` has it too
   */
  loadMore(): Promise<void>
  /**
   * Marks one as read, on all of the user's devices. The change shows at once and is
   * undone when the server refuses it.
   *
   * @throws {RealtimeError} by the promise, which needs no handler; `error` has it too
   */
  markRead(id: string): Promise<void>
  /**
   * Marks all as read, loaded or not, up to the newest one shown: later arrivals
   * stay unread. When no page is loaded yet, the first is loaded before; when that
   * fails, nothing is marked. Otherwise like `markRead`.
   */
  markAllRead(options?: MarkAllReadOptions): Promise<void>
  /**
   * Calls a handler for each notification that arrives, once, however often it is
   * resent; the returned function removes it.
   */
  on(event: 'notification', handler: (item: InboxItem) => void): () => void
  /** Stops listening and loading. Idempotent. */
  close(): void
}
