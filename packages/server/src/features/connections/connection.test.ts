import { createTestHub } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { ConnectionId, SubscriptionId, UserId } from '../../entity-ids.ts'
import { ConnectionState, EventPriority, MessageType } from '../../named-values.ts'
import { Connection, type ConnectionFields } from './connection.ts'
import { Event, type EventFields } from './event.ts'
import { Message, type MessageFields } from './message.ts'

describe('a connection', () => {
  it('gets its user, its state and its subscriptions', () => {
    const connection = new Connection({
      id: ConnectionId('connection-123'),
      state: ConnectionState.INITIALIZING,
    })
    expect(connection.isAuthenticated()).toBe(false)
    connection.associateUser(UserId('user-456'))
    connection.updateState(ConnectionState.CONNECTED)
    connection.addSubscription(SubscriptionId('subscription-789'))
    expect(connection.isActive()).toBe(true)
    expect(connection.isAuthenticated()).toBe(true)
    expect(JSON.parse(JSON.stringify(connection))).toEqual({
      id: 'connection-123',
      state: 'connected',
      user_id: 'user-456',
      subscriptions: ['subscription-789'],
    })
  })

  it.each(['disconnecting', 'disconnected', 'error'] as const)(
    'is neither active nor authenticated when it is %s',
    (state) => {
      const connection = new Connection({ id: 'c', state: 'authenticated', userId: 'ada' })
      connection.updateState(state)
      expect([connection.isActive(), connection.isAuthenticated()]).toEqual([false, false])
    },
  )

  it('never changes its user, and stays disconnected', () => {
    const connection = new Connection({ id: 'c' })
    connection.associateUser('ada')
    connection.associateUser('ada')
    expect(() => connection.associateUser('bob')).toThrow(/belongs to ada; it never changes/)
    connection.updateState('disconnected')
    expect(() => connection.updateState('connected')).toThrow(/is disconnected; open another/)
    expect(connection).toMatchObject({ userId: 'ada', state: 'disconnected' })
  })

  it('has each subscription once, until it is removed', () => {
    const connection = new Connection({ id: 'c', subscriptions: ['room:1', 'room:1'] })
    expect(connection.addSubscription('s')).toBe(true)
    expect(connection.addSubscription('s')).toBe(false)
    expect(connection.subscriptions).toEqual(['room:1', 's'])
    expect(connection.removeSubscription('room:1')).toBe(true)
    expect(connection.removeSubscription('room:1')).toBe(false)
    expect(connection.subscriptions).toEqual(['s'])
  })

  it.each<[object, RegExp]>([
    [{ id: '' }, /^id: expected 1–200 characters$/],
    [{ id: undefined }, /^id: /],
    [{ id: 'c', state: 'asleep' }, /^state: expected one of initializing, connecting, /],
    [{ id: 'c', userId: 7 }, /^userId: /],
    [{ id: 'c', subscriptions: [''] }, /^subscription: /],
  ])('of %j is refused in one sentence', (given, message) => {
    expect(() => new Connection(given as ConnectionFields)).toThrow(message)
  })
})

describe('a message', () => {
  it('is what clients get', () => {
    const message = new Message({ id: 'message-123', payload: 'Hello, client!' })
    expect(JSON.parse(JSON.stringify(message))).toEqual({
      type: 'message',
      payload: 'Hello, client!',
      id: 'message-123',
    })
    const payload = { message: 'Server maintenance in 5 minutes' }
    const system = new Message({ type: MessageType.SYSTEM, payload })
    expect(system.toJSON()).toEqual({ type: 'message', payload, id: system.id, event: 'system' })
    expect(system.id).toMatch(/^[0-9a-f-]{36}$/)
  })

  it.each<[object, RegExp]>([
    [{}, /^payload/],
    [{ payload: { a: new Map() } }, /^payload/],
    [{ payload: 1, type: '' }, /^type: /],
    [{ payload: 1, id: '' }, /^id: expected 1–200 characters/],
  ])('of %o is refused in one sentence', (given, message) => {
    expect(() => new Message(given as MessageFields)).toThrow(message)
  })
})

describe('an event', () => {
  it('is what streams get', () => {
    const data = '{"resource_id":"post-789","action":"update"}'
    const event = new Event({ event: 'update', data, priority: EventPriority.HIGH, retry: 3000 })
    expect(event).toMatchObject({ event: 'update', data, priority: 'high', retry: 3000 })
    expect(JSON.parse(JSON.stringify(event))).toEqual({
      id: event.id,
      event: 'update',
      data,
      priority: 'high',
      retry: 3000,
    })
  })

  it.each<[object, RegExp]>([
    [{ event: 'notification', data: '' }, /^event: notification names a frame/],
    [{ event: 'update', data: {} }, /^data: expected a text/],
    [{ event: 'update', data: '', id: 'a\nb' }, /^id: expected 1–200 characters without line end/],
    [{ event: 'update', data: '', priority: 'asap' }, /^priority: /],
  ])('of %j is refused in one sentence', (given, message) => {
    expect(() => new Event(given as EventFields)).toThrow(message)
  })
})

it.each([
  [UserId, 'UserId'],
  [ConnectionId, 'ConnectionId'],
])('an id is a text of 1 to 200 characters', (id, name) => {
  expect(id('ada')).toBe('ada')
  for (const wrong of ['', 'x'.repeat(201), 7 as never]) {
    expect(() => id(wrong)).toThrow(`${name}: expected 1–200 characters`)
  }
})

it.each([undefined, null, 'text', []])('refuses %j in the place of the fields', (given) => {
  for (const [Entity, name] of [
    [Connection, 'connection'],
    [Message, 'message'],
    [Event, 'event'],
  ] as const) {
    expect(() => new Entity(given as never)).toThrow(`${name}: expected an object of its fields`)
  }
})

it('is made of what the hub tells of a connection', async () => {
  const { ada, hub } = await createTestHub({ users: ['ada'] })
  await ada.subscribe('room:1')
  const found = hub.connections.find(ada.socket.connectionId)
  if (!found.ok) throw found.error
  expect(new Connection(found.value)).toMatchObject({
    id: ada.socket.connectionId,
    state: 'authenticated',
    userId: 'ada',
    subscriptions: ['room:1'],
  })
})
