import { describe, expect, it, vi } from 'vitest'
import type { ScriptedSocket } from '../scripted/scripted-socket.ts'
import { createWorld } from '../scripted/scripted-world.ts'

const END = '2026-01-01T00:00:20.000Z'

/** Answers every `auth` with the end of the token, and says at once that it is near, as older servers do. */
function serve(socket: ScriptedSocket, endOf: () => string): void {
  while (socket.has('auth')) {
    socket.reply(socket.take('auth'), { user_id: 'ada', expires_at: endOf() })
    socket.deliver({ type: 'token_expiring' })
  }
}

async function connected(token: () => string | Promise<string>, endOf = () => END) {
  const world = createWorld({ token })
  const socket = await world.connect()
  serve(socket, endOf)
  /** Lets so many ms pass, with a server that answers. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      await world.clock.advance(50)
      serve(socket, endOf)
    }
  }
  return { ...world, socket, pass }
}

it('asks twice for a token that is about to end, when the function gives its stored one', async () => {
  const token = vi.fn(() => 'stored')
  const { client, pass } = await connected(token)
  await pass(5_000)
  expect(token).toHaveBeenCalledTimes(3)
  expect(client.status()).toBe('connected')
})

it('asks twice when every fresh token is about to end too', async () => {
  let minted = 0
  const token = vi.fn(() => {
    minted += 1
    return `t-${minted}`
  })
  const { pass } = await connected(token, () =>
    new Date(Date.UTC(2026, 0, 1, 0, 0, 20, minted)).toISOString(),
  )
  await pass(5_000)
  expect(token).toHaveBeenCalledTimes(3)
})

it('pauses before it asks once more', async () => {
  const token = vi.fn(() => 'stored')
  const { clock, chance, connect, client } = createWorld({ token })
  chance.next = 0.5
  const socket = await connect()
  serve(socket, () => END)
  await clock.settle()
  serve(socket, () => END)
  expect(token).toHaveBeenCalledTimes(2)
  await clock.advance(999)
  expect(token).toHaveBeenCalledTimes(2)
  await clock.advance(1)
  expect(token).toHaveBeenCalledTimes(3)
  expect(client.error()).toBeNull()
})

it('asks again where a stored token is not replaced and the server says nothing more', async () => {
  const token = vi.fn(() => 'stored')
  const { clock, connect } = createWorld({ token })
  const socket = await connect()
  socket.reply(socket.take('auth'), { user_id: 'ada', expires_at: END })
  socket.deliver({ type: 'token_expiring' })
  await clock.settle()
  socket.reply(socket.take('auth'), { user_id: 'ada', expires_at: END })
  await clock.advance(30_000)
  expect(token).toHaveBeenCalledTimes(3)
})

it.each([
  ['the function fails', () => Promise.reject(new Error('offline'))],
  ['the server refuses the token', () => Promise.resolve('bad')],
])('asks once more when %s', async (_, second) => {
  const token = vi
    .fn<() => Promise<string>>(async () => 'good')
    .mockImplementationOnce(async () => 'first')
  const { client, clock, connect } = createWorld({ token })
  const socket = await connect()
  socket.reply(socket.take('auth'), { user_id: 'ada', expires_at: END })
  token.mockImplementationOnce(second)
  socket.deliver({ type: 'token_expiring' })
  await clock.settle()
  if (socket.has('auth')) socket.refuse(socket.take('auth'), 'unauthorized')
  expect(client.error()).not.toBeNull()
  await clock.until(() => socket.has('auth'))
  expect(socket.take('auth').token).toBe('good')
  expect(client.status()).toBe('connected')
})

it('asks again for each token that expires later', async () => {
  const token = vi.fn(() => 't')
  const { clock, connect } = createWorld({ token })
  const socket = await connect()
  for (let hour = 1; hour <= 3; hour += 1) {
    const end = new Date(Date.UTC(2026, 0, 1, hour)).toISOString()
    socket.reply(socket.take('auth'), { user_id: 'ada', expires_at: end })
    for (let passedMs = 0; passedMs < 3_570_000; passedMs += 25_000) {
      socket.deliver({ type: 'ping' })
      await clock.advance(25_000)
    }
    socket.deliver({ type: 'token_expiring' })
    await clock.settle()
  }
  expect(token).toHaveBeenCalledTimes(4)
})

it('asks nothing more for a connection that is gone', async () => {
  const token = vi.fn(() => 'stored')
  const { client, clock, pass } = await connected(token)
  await pass(50)
  client.disconnect()
  await clock.advance(60_000)
  expect(token).toHaveBeenCalledTimes(2)
  expect(clock.pendingTimers).toBe(0)
})

describe('what a token that is about to end does not do', () => {
  it('delays no publish', async () => {
    const { client, pass, socket } = await connected(() => 'stored')
    const published = client.channel('room:1').publish('message', 'now')
    await pass(100)
    socket.reply(socket.take('publish'), { id: 'm', duplicate: false })
    await expect(published).resolves.toMatchObject({ id: 'm' })
  })
})
