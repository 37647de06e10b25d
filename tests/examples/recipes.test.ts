import { createTestHub, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import {
  alertAdmins,
  announceOrder,
  broadcast,
} from '../../examples/in-process/recipes/broadcast.ts'
import { channels } from '../../examples/in-process/recipes/channels.ts'
import { chat } from '../../examples/in-process/recipes/chat.ts'
import { collaborativeEditing } from '../../examples/in-process/recipes/collaborative-editing.ts'
import { updateMetrics } from '../../examples/in-process/recipes/live-dashboard.ts'
import { notifyUser } from '../../examples/in-process/recipes/notify-user.ts'
import { openDatabase } from '../../examples/in-process/recipes/open-database.ts'
import { roomPresence, sendToRoom } from '../../examples/in-process/recipes/room-members.ts'
import { roomMessages } from '../../examples/in-process/recipes/room-messages.ts'

const DOCUMENT = 'document:7'
const ROOM = 'room:1'

async function open() {
  const database = openDatabase()
  const world = await createTestHub({ users: ['ada', 'bob'], channels })
  const enroll = (...users: string[]): void => {
    const insert = database.prepare('INSERT INTO room_member VALUES (?, ?)')
    for (const user of users) insert.run('1', user)
  }
  return { ...world, database, enroll }
}

it('broadcasts to all who are connected', async () => {
  const { hub, ada, bob } = await open()
  for (const user of [ada, bob]) await user.subscribe('global')
  await broadcast(hub, 'Maintenance in 10 minutes')
  for (const user of [ada, bob]) {
    await user.sees('event', {
      channel: 'global',
      event: 'broadcast',
      payload: { message: 'Maintenance in 10 minutes' },
      from: null,
    })
  }
  await expect(ada.publish('global', 'broadcast', {})).rejects.toMatchObject({ code: 'forbidden' })
})

it('alerts admins, on every device of theirs, and nobody else', async () => {
  const { hub, ada, bob, connect } = await open()
  const phone = await connect('ada')
  await alertAdmins(hub, ['ada', 'cleo'], 'disk full')
  for (const device of [ada, phone]) {
    await device.sees('event', { event: 'admin_alert', payload: { alert: 'disk full' } })
  }
  expect(bob.frames.filter(({ type }) => type === 'event')).toEqual([])
})

it('makes what is said in a room a message, by whoever says it', async () => {
  const { hub, ada, bob } = await open()
  roomMessages(hub)
  for (const user of [ada, bob]) await user.subscribe(ROOM)
  await ada.publish(ROOM, 'message', { message: ' Hello ', sender_id: 'bob' })
  await bob.sees('event', { event: 'message' })
  expect(bob.payloads(ROOM)).toEqual([
    { sender_id: 'ada', content: 'Hello', sent_at: expect.stringMatching(/^2026-/) },
  ])
})

it('is a chat: trimmed, at most 1000 characters, saved, then told to the room', async () => {
  const { hub, ada, bob, database, enroll } = await open()
  chat(hub, database)
  enroll('ada')
  await bob.subscribe(ROOM)
  const send = (user: typeof ada, content: unknown) =>
    user.request({
      type: 'message',
      event: 'send_chat_message',
      payload: { room_id: '1', content },
    })
  const message = { id: 1, sender_id: 'ada', content: 'Hi', created_at: expect.any(String) }
  expect(await send(ada, '  Hi\n')).toEqual({ ...message, room_id: '1' })
  await bob.sees('event', { event: 'new_message' })
  expect(bob.payloads(ROOM)).toEqual([message])
  await send(ada, 'x'.repeat(1_000))
  for (const content of ['x'.repeat(1_001), '   ', 5, undefined]) {
    await expect(send(ada, content)).rejects.toMatchObject({
      code: 'invalid_payload',
      message: 'content: expected a text of 1–1000 characters',
    })
  }
  await expect(send(bob, 'Hi')).rejects.toMatchObject({ code: 'not_member' })
  const saved = database.prepare('SELECT sender_id, length(content) AS length FROM message').all()
  expect(saved.map((row) => ({ ...row }))).toEqual([
    { sender_id: 'ada', length: 2 },
    { sender_id: 'ada', length: 1_000 },
  ])
})

it('lets members alone into rooms, and notes who is there', async () => {
  const { hub, ada, bob, connect, database, enroll } = await open()
  roomPresence(hub, database)
  enroll('ada', 'bob')
  const present = () =>
    database
      .prepare('SELECT user_id FROM presence ORDER BY user_id')
      .all()
      .map(({ user_id }) => user_id)
  await ada.subscribe(ROOM)
  await bob.subscribe(ROOM)
  await ada.sees('event', { event: 'user_joined', payload: { user_id: 'bob' } })
  const stranger = await connect('eve')
  await expect(stranger.subscribe(ROOM)).rejects.toMatchObject({ code: 'not_member' })
  expect(present()).toEqual(['ada', 'bob'])
  bob.cut()
  await ada.sees('event', { event: 'user_left', payload: { user_id: 'bob' } })
  expect(present()).toEqual(['ada'])
})

it('sends to a room for its members only', async () => {
  const { hub, ada, database, enroll } = await open()
  enroll('bob')
  await ada.subscribe(ROOM)
  const poll = { roomId: '1', event: 'poll', data: 'lunch?' }
  await sendToRoom(hub, database, 'bob', poll)
  await ada.sees('event', { event: 'poll', payload: 'lunch?', from: null })
  await expect(sendToRoom(hub, database, 'ada', poll)).rejects.toMatchObject({
    code: 'not_member',
    message: 'Not a member of this room',
  })
})

it('shows how the last hour went on every dashboard, and to who comes later', async () => {
  const { hub, ada, bob, clock, database } = await open()
  await ada.subscribe('dashboard:metrics')
  const sell = database.prepare('INSERT INTO "order" (total, created_at_ms) VALUES (?, ?)')
  sell.run(100, clock.now())
  await clock.advance(3_600_001)
  sell.run(20.5, clock.now())
  sell.run(4, clock.now())
  const metrics = await updateMetrics(hub, database)
  expect(metrics).toMatchObject({ orders_last_hour: 2, revenue_last_hour: 24.5 })
  await ada.sees('event', { event: 'update', payload: metrics })
  const late = await bob.subscribe('dashboard:metrics', { recent: 1 })
  expect(late.events).toMatchObject([{ payload: metrics }])
})

it('edits a document together, in one order for all', async () => {
  const { hub, ada, bob, database } = await open()
  collaborativeEditing(hub, database)
  for (const user of [ada, bob]) await user.subscribe(DOCUMENT)
  const edit = (user: typeof ada, position: number, insert: string, version: number) =>
    user.publish(DOCUMENT, 'document_edit', { operation: { position, insert, version } })
  expect(await edit(ada, 0, 'Hello', 0)).toMatchObject({ result: { version: 1 } })
  await bob.sees('event', {
    event: 'remote_operation',
    payload: {
      operation: { position: 0, insert: 'Hello', version: 0 },
      user_id: 'ada',
      version: 1,
    },
  })
  await expect(edit(bob, 0, 'Bye', 0)).rejects.toMatchObject({
    code: 'conflict',
    details: { version: 1 },
  })
  expect(await edit(bob, 5, ' world', 1)).toMatchObject({ result: { version: 2 } })
  await expect(edit(ada, 99, '!', 2)).rejects.toMatchObject({ code: 'invalid_payload' })
  expect({ ...database.prepare('SELECT * FROM document').get() }).toEqual({
    id: '7',
    content: 'Hello world',
    version: 2,
  })
  const { events } = await ada.history(DOCUMENT)
  expect(events.map(({ event }) => event)).toEqual(['remote_operation', 'remote_operation'])
})

it('moves cursors, as the server says whose they are', async () => {
  const { hub, ada, bob, database } = await open()
  collaborativeEditing(hub, database)
  for (const user of [ada, bob]) await user.subscribe(DOCUMENT)
  await ada.publish(DOCUMENT, 'cursor_move', { position: 12, user_id: 'bob' }, { volatile: true })
  await bob.sees('event', { event: 'cursor_update' })
  expect(bob.payloads(DOCUMENT)).toEqual([{ user_id: 'ada', position: 12 }])
  await expect(
    ada.publish(DOCUMENT, 'cursor_move', { position: -1 }, { volatile: true }),
  ).rejects.toMatchObject({ code: 'invalid_payload' })
})

it('notifies a user: stored as not read, then pushed', async () => {
  const { hub, ada } = await open()
  const { id } = await notifyUser(hub, 'ada', {
    title: 'New message',
    body: 'You have a new message from Bob',
    data: { from: 'bob' },
  })
  await ada.sees('notification', {
    payload: { id, title: 'New message', message: 'You have a new message from Bob' },
  })
  expect(await hub.notifications.unreadCount('ada')).toMatchObject({ ok: true, value: 1 })
})

it('keeps the channels of a tenant to the tenant', async () => {
  const { hub, connect, bob } = await open()
  const ada = await connect('ada', 0, testPrincipal('ada', { tenant: 'acme' }))
  const channel = 'tenant:acme:orders'
  await ada.subscribe(channel)
  await expect(bob.subscribe(channel)).rejects.toMatchObject({ code: 'forbidden' })
  await announceOrder(hub, 'acme', { order_id: 5, total: 12 })
  await ada.sees('event', { event: 'order_created', payload: { order_id: 5, total: 12 } })
  await expect(ada.publish(channel, 'order_created', {})).rejects.toMatchObject({
    code: 'forbidden',
  })
})
