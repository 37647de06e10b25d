import type { Client } from '../client.ts'
import type { Inbox, InboxOptions } from './inbox.ts'
import { NotificationInbox } from './notification-inbox.ts'

const PAGE_SIZE = 20
const MAX_PAGE_SIZE = 100

/**
 * Opens the inbox of a client's user: it is loaded whenever the client connects.
 *
 * @throws {TypeError} naming the option that is wrong and what is allowed
 * @example
 * const inbox = createInbox(client)
 * inbox.unreadCount.subscribe((count) => console.log(`${count} unread`))
 * inbox.on('notification', ({ title }) => console.log(title))
 * client.connect()
 */
export function createInbox(
  client: Client,
  { pageSize = PAGE_SIZE, unreadOnly = false }: InboxOptions = {},
): Inbox {
  if (!(Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= MAX_PAGE_SIZE)) {
    throw new TypeError(
      `pageSize: ${pageSize} is not allowed; expected a whole number from 1 to ${MAX_PAGE_SIZE}`,
    )
  }
  return new NotificationInbox(client, pageSize, unreadOnly)
}
