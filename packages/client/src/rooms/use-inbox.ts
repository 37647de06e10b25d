import { checkFunctions, checkOptionsObject } from '@coterie/protocol'
import { createInbox } from '../inbox/create-inbox.ts'
import type { Inbox, InboxOptions } from '../inbox/inbox.ts'
import type { InboxItem } from '../inbox/inbox-item.ts'
import { deriveSignal, type Signal } from '../signals/signal.ts'
import type { WebSocketClient } from './websocket-client.ts'

/** The client whose notifications to show, and the page size. */
export interface UseInboxOptions extends InboxOptions {
  readonly client: WebSocketClient
}

/** The notifications of the user of a `WebSocketClient`. */
export interface UserInbox
  extends Pick<
    Inbox,
    | 'unreadCount'
    | 'hasMore'
    | 'isLoading'
    | 'error'
    | 'loadMore'
    | 'markRead'
    | 'markAllRead'
    | 'close'
  > {
  /** Newest first, without duplicates. Kept during a disconnect. */
  readonly notifications: Signal<readonly InboxItem[]>
  /** True while connected, so that `notifications` is up to date. */
  readonly isConnected: Signal<boolean>
  /** Calls a handler for each notification that arrives, once; returns its removal. */
  onNotification(handler: (item: InboxItem) => void): () => void
}

/**
 * Follows a user's notifications across all of the user's devices.
 *
 * @throws {TypeError} naming the invalid option and its valid values
 * @example
 * const inbox = useInbox({ client, pageSize: 10 })
 * inbox.notifications.subscribe((items) => console.log(items.map(({ title }) => title)))
 * inbox.onNotification(({ id }) => void inbox.markRead(id))
 */
export function useInbox(given: UseInboxOptions): UserInbox {
  checkOptionsObject('useInbox', given)
  const { client, ...options } = given
  checkFunctions('client', client, ['room'])
  const inbox = createInbox(client.connection, options)
  const { items, unreadCount, hasMore, isLoading, error } = inbox
  return {
    notifications: items,
    unreadCount,
    hasMore,
    isLoading,
    error,
    isConnected: deriveSignal([client.status], (status) => status === 'connected'),
    loadMore: () => inbox.loadMore(),
    markRead: (id) => inbox.markRead(id),
    markAllRead: (options) => inbox.markAllRead(options),
    onNotification: (handler) => inbox.on('notification', handler),
    close: () => inbox.close(),
  }
}
