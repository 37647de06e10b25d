import {
  type RealtimeMessage,
  useBroadcast,
  useCursors,
  usePresence,
  useRoom,
  WebSocketClient,
} from '@coterie/client'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { FaultProxy } from '../faults/fault-proxy.ts'

let hub: Hub
let url: string
let rooms = 0

beforeAll(async () => {
  hub = createHub({
    authenticator: nameAuthenticator,
    channels: { 'room:*': { history: true, presence: true } },
    rooms: {
      vault: { password: 'open sesame', metadata: { title: 'The vault' } },
      pair: { maxUsers: 2 },
    },
  })
  url = await hub.listen({ port: 0 })
})

afterAll(() => hub.close())

/** A room that no other test of this file uses. */
function freshRoom(): string {
  rooms += 1
  return `test-${rooms}`
}

function userNamed(name: string) {
  return { id: `whatever ${name} says`, name: name.toUpperCase(), color: '#4caf50' }
}

/** Connects a user for as long as the current test runs. */
function connect(name: string, address = url): WebSocketClient {
  const client = new WebSocketClient({
    url: address.replace('http', 'ws'),
    token: name,
    reconnectDelay: 20,
    transports: ['websocket'],
  })
  onTestFinished(() => client.disconnect())
  client.connect()
  return client
}

it('shows two users each other, their profiles and what they change', async () => {
  const room = freshRoom()
  const [ada, bob] = ['ada', 'bob'].map((name) =>
    usePresence({
      client: connect(name),
      room,
      user: userNamed(name),
      initialData: { tool: 'pen' },
      syncInterval: 20,
    }),
  ) as [ReturnType<typeof usePresence>, ReturnType<typeof usePresence>]
  await expect.poll(() => [ada.count(), bob.count()]).toEqual([2, 2])
  expect(ada.isConnected()).toBe(true)
  expect(ada.others()).toEqual([
    {
      user: { id: 'bob', name: 'BOB', color: '#4caf50' },
      data: { tool: 'pen' },
      lastSeen: expect.closeTo(Date.now(), -5),
    },
  ])
  for (const tool of ['brush', 'eraser', 'hand']) bob.updatePresence({ tool })
  await expect.poll(() => ada.others()[0]?.data).toEqual({ tool: 'hand' })
  bob.leave()
  await expect.poll(() => ada.others()).toEqual([])
  expect(ada.count()).toBe(1)
})

it('shows a user with two tabs once, with what changed last, until the last tab is gone', async () => {
  const room = freshRoom()
  const ada = usePresence({ client: connect('ada'), room, user: userNamed('ada') })
  await expect.poll(() => ada.isConnected()).toBe(true)
  const tabs = ['first', 'second'].map((tab) =>
    usePresence({
      client: connect('bob'),
      room,
      user: userNamed('bob'),
      initialData: { tab, n: 0 },
      syncInterval: 0,
    }),
  )
  await expect.poll(() => tabs.every((tab) => tab.isConnected())).toBe(true)
  tabs[0]?.updatePresence({ n: 1 })
  await expect.poll(() => ada.others().map(({ data }) => data)).toEqual([{ tab: 'first', n: 1 }])
  expect(tabs[1]?.others().map(({ user }) => user.id)).toEqual(['ada'])
  tabs[0]?.leave()
  await expect.poll(() => ada.others().map(({ data }) => data)).toEqual([{ tab: 'second', n: 0 }])
  tabs[1]?.leave()
  await expect.poll(() => ada.count()).toBe(1)
})

it('says of every room since when it has been there, made, configured or neither', async () => {
  const made = freshRoom()
  await hub.rooms.create(made, {})
  const before = Date.now()
  const rooms = [made, 'pair', freshRoom()].map((roomId) =>
    useRoom({ client: connect('ada'), roomId, user: userNamed('ada') }),
  )
  for (const room of rooms) room.join()
  for (const room of rooms) await expect.poll(() => room.room()?.createdAt).toBeInstanceOf(Date)
  const [, ...others] = rooms.map((room) => room.room()?.createdAt.getTime())
  for (const createdAtMs of others) expect(createdAtMs).toBeGreaterThanOrEqual(before - 1_000)
})

it('lets nobody be somebody else', async () => {
  const room = freshRoom()
  const adasClient = connect('ada')
  const messages: RealtimeMessage[] = []
  adasClient.onMessage = (message) => messages.push(message)
  const ada = usePresence({ client: adasClient, room, user: userNamed('ada') })
  const { cursors } = useCursors({ client: adasClient, room, user: userNamed('ada') })
  const mallorysClient = connect('mallory')
  const mallory = useRoom({
    client: mallorysClient,
    roomId: room,
    user: { id: 'ada', user_id: 'ada', name: 'ADA' },
  })
  mallory.join()
  await expect.poll(() => mallory.isJoined()).toBe(true)
  await mallory.broadcast('cursor', { x: 1, y: 2, from: 'ada', user: { id: 'ada' } })
  await mallory.broadcast('m', { from: 'ada', timestamp: 0 })
  await expect.poll(() => messages.at(-1)).toMatchObject({ type: 'm', room, from: 'mallory' })
  expect(messages.at(-1)?.timestamp).toBeGreaterThan(Date.UTC(2020, 0, 1))
  await expect.poll(() => ada.others().map(({ user }) => user.id)).toEqual(['mallory'])
  await expect.poll(() => cursors().map(({ user }) => user.id)).toEqual(['mallory'])
})

it('shows cursors to the others, and takes them away with their users', async () => {
  const room = freshRoom()
  const [ada, bob] = ['ada', 'bob'].map((name) =>
    useCursors({ client: connect(name), room, user: userNamed(name), throttle: 5 }),
  ) as [ReturnType<typeof useCursors>, ReturnType<typeof useCursors>]
  for (let x = 0; x <= 50; x += 1) bob.broadcast(x, -x)
  await expect
    .poll(() => ada.cursors())
    .toMatchObject([{ x: 50, y: -50, user: { id: 'bob', name: 'BOB' } }])
  expect(bob.cursors()).toEqual([])
  bob.leave()
  await expect.poll(() => ada.cursors()).toEqual([])
})

it('lets users into rooms, tells them who is there and carries what they say', async () => {
  const roomId = 'vault'
  const password = 'open sesame'
  const clients = [connect('ada'), connect('bob')] as const
  const [ada, bob] = clients.map((client, n) =>
    useRoom({ client, roomId, user: userNamed(n === 0 ? 'ada' : 'bob'), password }),
  ) as [ReturnType<typeof useRoom>, ReturnType<typeof useRoom>]
  const heard: RealtimeMessage[] = []
  clients[1].on('chat:message', (_, message) => heard.push(message))
  await expect(ada.broadcast('chat:message', 'early')).rejects.toThrow('Not a member of this room')
  ada.join()
  bob.join()
  await expect.poll(() => ada.users().map(({ name }) => name)).toEqual(['ADA', 'BOB'])
  expect(ada.room()).toMatchObject({ id: 'vault', metadata: { title: 'The vault' } })
  await ada.broadcast('chat:message', { text: 'hi' })
  await clients[0].send('chat:message', { text: 'again' }, roomId)
  await expect.poll(() => heard.map(({ payload }) => payload.text)).toEqual(['hi', 'again'])
  expect(heard[0]).toMatchObject({ room: 'vault', from: 'ada' })
  ada.leave()
  await expect.poll(() => bob.users().map(({ id }) => id)).toEqual(['bob'])
  await expect(clients[0].send('m', null, roomId)).rejects.toThrow('Not a member of this room')
})

it('says why a room cannot be joined, and joins once it can', async () => {
  const client = connect('eve')
  const user = userNamed('eve')
  const vault = useRoom({ client, roomId: 'vault', user, password: 'wrong' })
  vault.join()
  await expect.poll(() => vault.error()?.message).toBe('Access denied')
  const unknown = useRoom({ client, roomId: 'not:declared', user })
  unknown.join()
  await expect.poll(() => unknown.error()?.message).toBe('Room not found')
  const others = ['ada', 'bob'].map((name) =>
    useRoom({ client: connect(name), roomId: 'pair', user: userNamed(name) }),
  )
  for (const other of others) other.join()
  await expect.poll(() => others.every((other) => other.isJoined())).toBe(true)
  const pair = useRoom({ client, roomId: 'pair', user })
  pair.join()
  await expect.poll(() => pair.error()?.message).toBe('Room is full')
  expect(pair.isJoined()).toBe(false)
  others[0]?.leave()
  await expect.poll(() => others[1]?.users()).toHaveLength(1)
  pair.join()
  await expect.poll(() => pair.isJoined()).toBe(true)
  expect(pair.error()).toBeNull()
})

it('carries broadcasts within their room and channel, to the sender too', async () => {
  const room = freshRoom()
  const clients = [connect('ada'), connect('bob')] as const
  const open = (client: WebSocketClient, channel: string, of = room) =>
    useBroadcast<{ text: string }>({ client, room: of, channel })
  const [ada, bob] = [open(clients[0], 'notices'), open(clients[1], 'notices')]
  const elsewhere = [open(clients[1], 'typing'), open(clients[1], 'notices', freshRoom())]
  await expect.poll(() => clients[1].room(room).isOpen()).toBe(true)
  await ada.broadcast({ text: 'one' })
  await ada.broadcast({ text: 'two' })
  await expect.poll(() => bob.history().map(({ text }) => text)).toEqual(['one', 'two'])
  await expect.poll(() => ada.lastMessage()?.text).toBe('two')
  expect(bob.lastMessage()?.timestamp).toEqual(expect.any(Number))
  expect(elsewhere.map((other) => other.history())).toEqual([[], []])
})

it('comes back after a cut as if nothing had happened, with all that was said meanwhile', async () => {
  const room = freshRoom()
  const proxy = await FaultProxy.start(() => Number(new URL(url).port))
  const client = connect('ada', `http://127.0.0.1:${proxy.port}`)
  const user = userNamed('ada')
  const statuses: string[] = []
  client.status.subscribe((status) => statuses.push(status))
  const presence = usePresence({ client, room, user, initialData: { n: 0 }, syncInterval: 0 })
  const cursors = useCursors({ client, room, user, throttle: 5 })
  const membership = useRoom({ client, roomId: room, user })
  const notices = useBroadcast<{ n: number }>({ client, room, channel: 'notices' })
  membership.join()

  const bobs = connect('bob')
  const bob = usePresence({ client: bobs, room, user: userNamed('bob') })
  const bobsCursors = useCursors({ client: bobs, room, user: userNamed('bob'), throttle: 5 })
  const bobsNotices = useBroadcast<{ n: number }>({ client: bobs, room, channel: 'notices' })
  await expect.poll(() => [presence.count(), bob.count()]).toEqual([2, 2])
  const departures: number[] = []
  bob.others.subscribe((others) => others.length === 0 && departures.push(Date.now()))

  proxy.newcomers = 'refuse'
  proxy.cut()
  await expect.poll(() => client.status()).toBe('reconnecting')
  for (let n = 1; n <= 3; n += 1) await bobsNotices.broadcast({ n })
  presence.updatePresence({ n: 1 })
  cursors.broadcast(7, 8)
  const sent = notices.broadcast({ n: 4 })
  expect(membership.isJoined()).toBe(false)
  expect(membership.users()).toHaveLength(2)
  proxy.newcomers = 'accept'
  await sent

  await expect.poll(() => notices.history().map(({ n }) => n)).toEqual([1, 2, 3, 4])
  await expect.poll(() => bob.others()[0]?.data).toEqual({ n: 1 })
  await expect.poll(() => bobsCursors.cursors()).toMatchObject([{ x: 7, y: 8 }])
  expect(membership.isJoined()).toBe(true)
  expect(statuses).toEqual(['connected', 'reconnecting', 'connected'])
  expect(departures).toEqual([])
})

it('works again in full after a disconnect and another connect', async () => {
  const room = freshRoom()
  const client = connect('ada')
  const ada = usePresence({ client, room, user: userNamed('ada') })
  const bob = usePresence({ client: connect('bob'), room, user: userNamed('bob') })
  await expect.poll(() => bob.count()).toBe(2)
  client.disconnect()
  expect(client.status()).toBe('disconnected')
  await expect.poll(() => bob.count()).toBe(1)
  client.connect()
  await expect.poll(() => [ada.count(), bob.count()]).toEqual([2, 2])
})
