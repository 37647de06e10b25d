import { WebSocketClient } from '../rooms/websocket-client.ts'
import type { WebSocketClientOptions } from '../rooms/websocket-client-options.ts'
import { createWorld, joinReply } from './scripted-world.ts'

/** Someone present in a room. */
export function presenceEntry(userId: string, fields: Readonly<Record<string, unknown>> = {}) {
  return {
    user_id: userId,
    connection_id: `c-${userId}`,
    status: 'online',
    data: { user: { name: userId.toUpperCase() }, data: {} },
    joined_at: '2026-01-01T00:00:00.000Z',
    last_seen: '2026-01-01T00:00:01.000Z',
    ...fields,
  }
}

/** What changed in the presence of `room:1`. */
export function presenceChange(fields: Readonly<Record<string, unknown>>) {
  const nothing = { joins: [], updates: [], leaves: [] }
  return { type: 'presence', channel: 'room:1', version: 1, ...nothing, ...fields }
}

/** A `WebSocketClient` whose time, chance and server a test holds in its hands. */
export function createRoomsWorld(options: Partial<WebSocketClientOptions> = {}) {
  const world = createWorld()
  const problems: string[] = []
  const client = new WebSocketClient({
    url: 'ws://server.test',
    transports: ['websocket'],
    onError: ({ message }) => problems.push(message),
    ...options,
    environment: world.environment,
  })

  /** Connects and lets the server welcome the client. */
  const connect = async () => {
    client.connect()
    await world.clock.settle()
    world.newest().welcome()
    await world.clock.settle()
    return world.newest()
  }

  /** Lets the server take the join that waits. */
  const takeJoin = async (reply: Readonly<Record<string, unknown>> = {}) => {
    await world.clock.settle()
    const socket = world.newest()
    const subscribe = socket.take('subscribe')
    socket.reply(subscribe, joinReply(reply))
    await world.clock.settle()
    return subscribe
  }

  /** Connects and lets the server take the join that waits, with bob in the room. */
  const join = async (reply: Readonly<Record<string, unknown>> = {}) => {
    const socket = await connect()
    const presence = [presenceEntry('ada'), presenceEntry('bob')]
    const subscribe = await takeJoin({ presence, ...reply })
    return { socket, subscribe }
  }

  return { ...world, client, problems, connect, takeJoin, join }
}
