import { describe, expect, it } from 'vitest'
import { createClient, type PartMaker, presence, publishing, state, typing } from '../bare.ts'
import type { ChannelOptions } from '../channel/channel.ts'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'

/** A client with some parts in a scripted world. */
function createBareWorld(...parts: readonly PartMaker[]) {
  const world = createWorld()
  const { environment } = world
  const client = createClient({
    url: 'ws://server.test',
    transports: ['websocket'],
    environment,
    parts,
  })
  const join = async (options: ChannelOptions = {}, reply: object = joinReply()) => {
    client.connect()
    await world.clock.settle()
    const socket = world.newest()
    socket.welcome()
    const channel = client.channel('room:1', options)
    const joined = channel.subscribe()
    socket.reply(socket.take('subscribe'), reply)
    await joined
    return { socket, channel }
  }
  return { ...world, client, join }
}

const missing = (name: string) =>
  `${name}: not a part of this client; import { ${name} } from '@coterie/client/bare' and give it to createClient({ parts: [${name}] })`

it('joins, hears events and reads the log without any part', async () => {
  const { join } = createBareWorld()
  const { socket, channel } = await join()
  const heard: unknown[] = []
  channel.on('message', ({ payload }) => heard.push(payload))
  socket.deliver({
    type: 'event',
    channel: 'room:1',
    event: 'message',
    payload: 'hi',
    from: null,
    id: 'id-1',
    timestamp: '2026-01-01T00:00:00.000Z',
    position: 'e:1',
  })
  expect(heard).toEqual(['hi'])
  const history = channel.history()
  socket.reply(socket.take('history'), { events: [], position: 'e:1' })
  await expect(history).resolves.toEqual({ events: [], position: 'e:1' })
})

it('reconnects, is cut and ends without any part', async () => {
  const { client, join, reconnected } = createBareWorld()
  const { socket, channel } = await join()
  socket.end()
  const next = await reconnected()
  next.reply(next.take('subscribe'), joinReply({ recovered: true }))
  expect(channel.status()).toBe('joined')
  client.disconnect()
  expect(client.status()).toBe('disconnected')
})

describe('a missing part is named by the call that needs it', () => {
  it('publishing', async () => {
    const { channel } = await createBareWorld(presence, state, typing).join()
    expect(() => channel.publish('message', 1)).toThrow(missing('publishing'))
  })

  it('presence', async () => {
    const { channel } = await createBareWorld(publishing, state, typing).join()
    expect(() => channel.presence).toThrow(missing('presence'))
  })

  it('state', async () => {
    const { channel } = await createBareWorld(publishing, presence, typing).join()
    expect(() => channel.state).toThrow(missing('state'))
  })

  it('typing', async () => {
    const { channel } = await createBareWorld(publishing, presence, state).join()
    expect(() => channel.typing).toThrow(missing('typing'))
  })

  it.each([
    ['presence', { presence: true }],
    ['presence', { presence: 'follow' }],
    ['state', { state: true }],
    ['state', { initialState: { title: '' } }],
  ] as const)('%s, as an option of a channel: %j', (name, options) => {
    const { client } = createBareWorld(publishing, typing)
    expect(() => client.channel('room:1', options)).toThrow(missing(name))
    const channel = client.channel('room:1')
    expect(() => channel.use(options)).toThrow(missing(name))
    const use = channel.use()
    expect(() => use.ask(options)).toThrow(missing(name))
  })
})

it('needs no part for an option that asks for nothing', () => {
  const { client } = createBareWorld()
  expect(client.channel('room:1', { presence: false, state: false }).status()).toBe('idle')
})

it('has the parts that it was given, and what they ask for with a join', async () => {
  const { client, clock, newest } = createBareWorld(presence, publishing)
  const channel = client.channel('room:1', { presence: { status: 'away' } })
  client.connect()
  await clock.settle()
  void channel.subscribe()
  const published = channel.publish('message', 1)
  const socket = newest()
  socket.welcome()
  const subscribe = socket.take('subscribe')
  expect(subscribe.presence).toEqual({ status: 'away' })
  const ada = { user_id: 'ada', connection_id: 'c-1', status: 'away', data: null }
  socket.reply(subscribe, joinReply({ presence: [ada] }))
  expect(channel.presence.members()).toEqual([ada])
  socket.reply(socket.take('publish'), { id: 'm', duplicate: false })
  await expect(published).resolves.toEqual({ id: 'm', duplicate: false })
})

it.each([
  ['no list', presence],
  ['a name', ['presence']],
])('refuses %s for parts', (_, parts) => {
  expect(() => createClient({ parts: parts as never })).toThrow(
    /^parts: .* is not allowed; expected a list of parts such as \[presence, publishing\]$/,
  )
})
