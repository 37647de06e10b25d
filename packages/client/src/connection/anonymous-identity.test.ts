import { expect, it } from 'vitest'
import { createWorld } from '../scripted/scripted-world.ts'
import type { ClientOptions } from './client-options.ts'

const welcome = (letter: string) => ({ user_id: `anon-${letter}`, identity: letter.repeat(43) })

async function connectTwice(options: ClientOptions = {}) {
  const world = createWorld(options)
  world.client.connect()
  await world.clock.settle()
  world.newest().welcome(welcome('a'))
  const first = world.newest()
  first.end()
  const socket = await (async () => {
    await world.clock.until(() => world.sockets.length === 2)
    world.newest().welcome(welcome('b'))
    return world.newest()
  })()
  return { ...world, first, socket }
}

it('comes back as the anonymous user that it was', async () => {
  const { client, first, socket } = await connectTwice()
  expect([first.sent, client.status(), client.userId()]).toEqual([[], 'reconnecting', 'anon-a'])
  const auth = socket.take('auth')
  expect(auth).toEqual({ type: 'auth', id: expect.any(String), identity: 'a'.repeat(43) })
  socket.reply(auth, { user_id: 'anon-a', expires_at: null })
  expect([client.status(), client.userId()]).toEqual(['connected', 'anon-a'])
})

it('sends nothing else before the server knows it again', async () => {
  const { client, socket } = await connectTwice()
  void client.channel('room:1').subscribe()
  expect(socket.has('subscribe')).toBe(false)
  socket.reply(socket.take('auth'), { user_id: 'anon-a' })
  expect(socket.has('subscribe')).toBe(true)
})

it('keeps the same identity over a `disconnect` and however many cuts', async () => {
  const { client, clock, socket, sockets, newest } = await connectTwice()
  socket.reply(socket.take('auth'), { user_id: 'anon-a' })
  client.disconnect()
  client.connect()
  await clock.settle()
  newest().welcome(welcome('c'))
  expect([sockets.length, newest().take('auth').identity]).toEqual([3, 'a'.repeat(43)])
})

it.each(['limit_exceeded', 'unauthorized', 'bad_frame'] as const)(
  'is somebody new where the server answers %s',
  async (code) => {
    const { client, clock, socket, sockets, newest } = await connectTwice()
    socket.refuse(socket.take('auth'), code)
    expect([client.status(), client.userId()]).toEqual(['connected', 'anon-b'])
    socket.end()
    await clock.until(() => sockets.length === 3)
    newest().welcome(welcome('c'))
    expect(newest().take('auth').identity).toBe('b'.repeat(43))
  },
)

it('tries again where the server cannot answer now', async () => {
  const { client, clock, socket, sockets, newest } = await connectTwice()
  socket.refuse(socket.take('auth'), 'unavailable')
  expect(client.status()).toBe('reconnecting')
  await clock.until(() => sockets.length === 3)
  newest().welcome(welcome('c'))
  expect(newest().take('auth').identity).toBe('a'.repeat(43))
})

it('says nothing to a server that hands out no identity, or knows the user', async () => {
  const { client, clock, socket, sockets, newest } = await connectTwice()
  socket.reply(socket.take('auth'), { user_id: 'anon-a' })
  socket.end()
  await clock.until(() => sockets.length === 3)
  newest().welcome({ user_id: 'ada' })
  expect([newest().sent, client.userId()]).toEqual([[], 'ada'])
})

it('keeps it where the application says', async () => {
  const kept: string[] = ['s'.repeat(43)]
  const identityStorage = {
    get: () => kept.at(-1),
    set: (identity: string) => void kept.push(identity),
  }
  const { client, clock, newest } = createWorld({ identityStorage })
  client.connect()
  await clock.settle()
  newest().welcome(welcome('a'))
  const auth = newest().take('auth')
  expect(auth.identity).toBe('s'.repeat(43))
  newest().refuse(auth, 'unauthorized')
  expect(kept.at(-1)).toBe('a'.repeat(43))
})

it('goes on in memory where the storage fails', async () => {
  const fail = () => {
    throw new Error('no storage here')
  }
  const { errors, socket } = await connectTwice({ identityStorage: { get: fail, set: fail } })
  expect(socket.take('auth').identity).toBe('a'.repeat(43))
  expect(errors).toContainEqual(new Error('no storage here'))
})
