import { checkOption, checkOptionsObject, checkWholeNumber } from '@coterie/protocol'
import type { Client } from '../client/client.ts'
import type { Inbox, InboxOptions } from './inbox.ts'
import { NotificationInbox } from './notification-inbox.ts'

const PAGE_SIZE = 20
const MAX_PAGE_SIZE = 100

/**
 * Opens the inbox of a client's user, which is loaded on every connect.
 *
 * @throws {TypeError} naming the invalid option and its valid values
 * @example
 * const inbox = createInbox(client)
 * inbox.unreadCount.subscribe((count) => console.log(`${count} unread`))
 * inbox.on('notification', ({ title }) => console.log(title))
 * client.connect()
 */
export function createInbox(client: Client, options: InboxOptions = {}): Inbox {
  checkOptionsObject('options', options)
  const { pageSize = PAGE_SIZE, unreadOnly = false } = options
  checkWholeNumber('pageSize', pageSize, 1, MAX_PAGE_SIZE)
  checkOption('unreadOnly', unreadOnly, typeof unreadOnly === 'boolean', 'true or false')
  return new NotificationInbox(client, pageSize, unreadOnly)
}
