import { expect, it } from 'vitest'
import { InboxRequestLog, payloadAt, resourceAt } from '../scripted/scripted-inbox.ts'
import { createRoomsWorld } from '../scripted/scripted-rooms.ts'
import { useInbox } from './use-inbox.ts'

async function openInbox() {
  const world = createRoomsWorld()
  const inbox = useInbox({ client: world.client, pageSize: 2 })
  const rest = new InboxRequestLog(world.requests)
  expect(inbox.isConnected()).toBe(false)
  const socket = await world.connect()
  const { url } = rest.page([resourceAt(2), resourceAt(1)], 'c1')
  expect(url).toContain('page_size=2')
  rest.count(5)
  await world.clock.settle()
  return { ...world, inbox, rest, socket }
}

it('shows the notifications of the user of the client', async () => {
  const { inbox, rest, socket } = await openInbox()
  expect(inbox.notifications().map(({ id }) => id)).toEqual(['n2', 'n1'])
  expect([inbox.unreadCount(), inbox.hasMore(), inbox.isConnected()]).toEqual([5, true, true])
  const heard: string[] = []
  inbox.onNotification(({ title }) => heard.push(title))
  socket.deliver({ type: 'notification', payload: payloadAt(3) })
  expect(heard).toEqual(['Title 3'])
  const more = inbox.loadMore()
  rest.page([resourceAt(0)])
  await more
  expect(inbox.notifications()).toHaveLength(4)
  expect(inbox.hasMore()).toBe(false)
})

it('reads one and all, and goes on showing them without a connection', async () => {
  const { inbox, newest, rest } = await openInbox()
  const one = inbox.markRead('n2')
  rest.take('/n2/mark-read').answer(200, resourceAt(2))
  await one
  expect(inbox.unreadCount()).toBe(4)
  const all = inbox.markAllRead()
  rest.take('/mark-all-read').answer(200, { marked: 4 })
  await all
  expect(inbox.unreadCount()).toBe(0)
  newest().end()
  expect([inbox.isConnected(), inbox.notifications().length]).toEqual([false, 2])
})

it('hears nothing more once it is closed', async () => {
  const { inbox, socket } = await openInbox()
  inbox.close()
  socket.deliver({ type: 'notification', payload: payloadAt(3) })
  expect(inbox.notifications()).toHaveLength(2)
})
