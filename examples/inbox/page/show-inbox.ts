import {
  type InboxItem,
  type NotificationAction,
  type RealtimeError,
  type UserInbox,
  useInbox,
  type WebSocketClient,
} from '@coterie/client'
import type { Announcer } from '../../chat/page/announcer.ts'
import { find } from '../../chat/page/element.ts'
import type { Toast } from '../../whiteboard/page/toast.ts'
import { Bell } from './bell.ts'
import { ConnectionStatus } from './connection-status.ts'
import { sendNotice } from './notice.ts'
import { NotificationList } from './notification-list.ts'
import { senderOf } from './notification-look.ts'
import { Toasts } from './toasts.ts'
import { Told } from './told.ts'

const PAGE_SIZE = 10
const TICK_MS = 15_000

/** What the page shows of an inbox, and how it is called up. */
export interface ShownInboxParts {
  readonly client: WebSocketClient
  readonly announcer: Announcer
  readonly toast: Toast
  /** Called when one wants to see the inbox. */
  onCall(): void
}

/** Shows a user's inbox: the list, the bell, what has just come, and the line to the server. */
export function showInbox({ client, announcer, toast, onCall }: ShownInboxParts): void {
  const all = useInbox({ client, pageSize: PAGE_SIZE })
  let unread: UserInbox | undefined
  let shown = all

  const complain = (error: RealtimeError): void => toast.say(`That did not work: ${error.message}.`)
  const read = ({ id }: Pick<InboxItem, 'id'>): void => {
    all.markRead(id).catch(complain)
  }
  const answer = (item: InboxItem, { label }: NotificationAction): void => {
    read(item)
    const to = senderOf(item)
    const title = `${label}: ${item.title}`.slice(0, 120)
    sendNotice(client, { to: [to], type: 'comment', priority: 'normal', title, message: '' }).then(
      () => toast.say(`${to} hears of it.`),
      complain,
    )
  }
  const list = new NotificationList({ onOpen: read, onAction: answer }, () => {
    shown.loadMore().catch(complain)
  })
  const reveal = (id?: string): void => {
    onCall()
    list.reveal(id)
  }
  const bell = new Bell(() => reveal())
  const status = new ConnectionStatus(client, announcer)
  const toasts = new Toasts((item) => {
    read(item)
    reveal(item.id)
  })
  const readAll = find(document, '#read-all', HTMLButtonElement)
  readAll.addEventListener('click', () => {
    all.markAllRead().then(() => toast.say('All read.'), complain)
  })

  const show = (): void => {
    list.show(shown, shown !== all)
    bell.show(all.unreadCount())
    readAll.disabled = all.unreadCount() === 0
    status.show(all.isLoading() ? null : shown.error())
  }
  const watch = ({ notifications, unreadCount, hasMore, isLoading, error }: UserInbox): void => {
    for (const source of [notifications, unreadCount, hasMore, isLoading, error]) {
      source.subscribe(show)
    }
  }
  watch(all)
  all.notifications.subscribe((items) => toasts.sync(items))
  const told = new Told()
  all.onNotification((item) => {
    if (!told.add(item.id)) return
    toasts.show(item)
    const words = `${item.title}, from ${senderOf(item)}`
    const isPressing = item.priority === 'urgent' || item.priority === 'emergency'
    if (isPressing) announcer.interrupt(words)
    else announcer.say(words)
  })
  client.status.subscribe(show)
  for (const choice of document.querySelectorAll<HTMLInputElement>('[name="filter"]')) {
    choice.addEventListener('change', () => {
      if (choice.value === 'unread' && !unread) {
        unread = useInbox({ client, pageSize: PAGE_SIZE, unreadOnly: true })
        watch(unread)
      }
      shown = choice.value === 'unread' && unread ? unread : all
      show()
    })
  }
  setInterval(() => list.tick(shown), TICK_MS)
  show()
}
