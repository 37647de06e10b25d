import { expect, it } from 'vitest'
import type { ScriptedRequest } from '../scripted/scripted-request.ts'
import { createWorld, eventAt, eventsBetween, joinReply } from '../scripted/scripted-world.ts'
import type { ClientOptions } from './client-options.ts'

const BOTH: ClientOptions = { transports: ['websocket', 'sse'] }

/** A world in which a client has come to use SSE. */
async function createFallenBack(options: ClientOptions = {}) {
  const world = createWorld({ ...BOTH, ...options })
  const { client, clock, newest, requests, newestRequest } = world
  client.connect()
  await clock.settle()
  newest().end()
  await clock.until(() => requests.length === 1)
  newestRequest().welcome()
  await clock.settle()
  return { ...world, stream: newestRequest() }
}

/** Answers the newest request with one payload for all frames. */
async function answer(
  { clock, newestRequest }: ReturnType<typeof createWorld>,
  payload: unknown,
): Promise<ScriptedRequest> {
  await clock.settle()
  const request = newestRequest()
  request.reply(payload)
  await clock.settle()
  return request
}

it('uses a WebSocket where it can', async () => {
  const { client, connect, requests } = createWorld(BOTH)
  expect(client.transport()).toBeNull()
  const socket = await connect()
  expect(client.transport()).toBe('websocket')
  socket.end()
  expect(client.transport()).toBeNull()
  expect(requests).toEqual([])
})

it('turns to SSE when a socket closes before the server spoke', async () => {
  const { client, stream } = await createFallenBack()
  expect(stream.url).toBe('http://server.test/api/realtime/events')
  expect(client.status()).toBe('connected')
  expect(client.transport()).toBe('sse')
})

it('turns to SSE when a handshake hangs, or no socket can be made', async () => {
  const hanging = createWorld(BOTH)
  hanging.client.connect()
  await hanging.clock.advance(10_000)
  await hanging.clock.until(() => hanging.requests.length === 1)

  const createSocket = () => {
    throw new Error('blocked')
  }
  const blocked = createWorld({ ...BOTH, environment: { createSocket } })
  blocked.client.connect()
  await blocked.clock.until(() => blocked.requests.length === 1)
})

it('authenticates over SSE as over a WebSocket', async () => {
  const world = await createFallenBack({ token: 't-1' })
  expect(world.client.status()).toBe('reconnecting')
  const auth = await answer(world, { user_id: 'ada', expires_at: '2026-01-01T01:00:00.000Z' })
  expect(auth.frames).toEqual([{ type: 'auth', token: 't-1', id: expect.any(String) }])
  expect(world.client.transport()).toBe('sse')
})

it('takes turns under the wait that grows when neither works', async () => {
  const { client, clock, chance, sockets, requests, newest, newestRequest } = createWorld(BOTH)
  chance.next = 0.999
  client.connect()
  const waits: number[] = []
  for (let failure = 0; failure < 6; failure += 1) {
    await clock.settle()
    if (failure % 2 === 0) newest().end()
    else newestRequest().fail()
    await clock.settle()
    waits.push((client.retryAt() ?? 0) - clock.now())
    await clock.until(() => client.retryAt() === null)
  }
  expect(waits).toEqual([999, 1_998, 3_996, 7_992, 15_984, 29_970])
  expect([sockets.length, requests.length]).toEqual([4, 3])
})

it('stays with SSE after a cut, once it worked', async () => {
  const { client, clock, stream, requests, newestRequest, sockets } = await createFallenBack()
  await clock.advance(5_000)
  stream.end()
  await clock.until(() => requests.length === 2)
  newestRequest().welcome()
  await clock.settle()
  expect(client.transport()).toBe('sse')
  // The first attempt, and the one that probed.
  expect(sockets).toHaveLength(2)
})

it('begins again with a WebSocket when a stream opens but takes no frames', async () => {
  const { client, clock, sockets, requests, newestRequest } = await createFallenBack()
  void client.channel('room:1').subscribe()
  await clock.settle()
  newestRequest().fail()
  await clock.until(() => sockets.length === 2)
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST'])
})

it.each([4501, 4503, 4500])('does not take a refusal (%i) for a reason', async (code) => {
  const { client, clock, newest, requests } = createWorld(BOTH)
  client.connect()
  newest().end(code)
  await clock.advance(60_000)
  expect(client.status()).toBe('refused')
  expect(requests).toEqual([])
})

it.each([1000, 1005, 1011, 1013])('turns to SSE when a proxy closes (%i)', async (code) => {
  const { client, clock, newest, requests } = createWorld(BOTH)
  client.connect()
  newest().end(code)
  await clock.until(() => requests.length === 1)
})

it.each([1001, 1012, 4030])('stays when the server itself closes (%i)', async (code) => {
  const { client, clock, newest, sockets, requests } = createWorld(BOTH)
  client.connect()
  newest().end(code)
  await clock.until(() => sockets.length === 2)
  expect(requests).toEqual([])
})

it('stays when a welcomed socket is cut before it could authenticate', async () => {
  const { connect, clock, sockets, requests } = createWorld({ ...BOTH, token: 't' })
  const socket = await connect()
  socket.end()
  await clock.until(() => sockets.length === 2)
  expect(requests).toEqual([])
})

it('is refused when the stream is', async () => {
  const world = createWorld({ transports: ['sse'] })
  world.client.connect()
  await world.clock.settle()
  world.newestRequest().answer(401)
  await world.clock.settle()
  expect(world.client.status()).toBe('refused')
  expect(world.client.error()?.code).toBe('unauthorized')
})

it('comes no earlier than a busy server asks', async () => {
  const { client, clock, newestRequest } = createWorld({ transports: ['sse'] })
  client.connect()
  await clock.settle()
  newestRequest().answer(503, '', { 'retry-after': '20' })
  await clock.settle()
  expect((client.retryAt() ?? 0) - clock.now()).toBe(20_500)
})

it('tries the other transport even where it shall not reconnect', async () => {
  const { client, clock, newest, requests, newestRequest } = createWorld({
    ...BOTH,
    reconnect: false,
  })
  client.connect()
  newest().end()
  await clock.until(() => requests.length === 1)
  newestRequest().fail()
  await clock.settle()
  expect(client.status()).toBe('disconnected')
})

it.each(['websocket', 'sse'] as const)('uses only %s when it was told so', async (only) => {
  const { client, clock, sockets, requests, newest, newestRequest } = createWorld({
    transports: [only],
  })
  client.connect()
  for (let failure = 0; failure < 3; failure += 1) {
    await clock.settle()
    if (only === 'sse') newestRequest().fail()
    else newest().end()
    await clock.settle()
    await clock.until(() => client.retryAt() === null)
  }
  expect([sockets.length, requests.length]).toEqual(only === 'sse' ? [0, 4] : [4, 0])
})

it('asks nothing while the stream shows life, and gives a silent one up', async () => {
  const { client, clock, stream, requests } = await createFallenBack({ pingIntervalMs: 5_000 })
  for (let n = 0; n < 10; n += 1) {
    await clock.advance(25_000)
    stream.push(':\n\n')
  }
  await clock.settle()
  expect(requests).toHaveLength(1)
  await clock.advance(1.5 * 25_000)
  const ping = requests[1]
  expect(ping?.frames).toMatchObject([{ type: 'ping' }])
  // An answer does not come over the stream, so it does not show that the stream lives.
  ping?.answer(200, [{ type: 'pong', id: ping.frames[0]?.id }])
  await clock.advance(9_999)
  expect(client.status()).toBe('connected')
  await clock.advance(1)
  expect(client.status()).toBe('reconnecting')
})

it('resumes over SSE what a WebSocket was cut from: nothing lost, nothing doubled', async () => {
  const world = createWorld(BOTH)
  const { client, clock, sockets, requests, newest, newestRequest } = world
  const { socket, channel } = await world.join({}, joinReply({ position: 'e:5' }))
  const heard: unknown[] = []
  channel.onAny(({ position }) => heard.push(position))
  channel.onReset(() => heard.push('reset'))
  socket.deliver(eventAt('e:6'))
  const published = channel.publish('message', 'mine', { messageId: 'm-1' })
  socket.end()
  await clock.until(() => sockets.length === 2)
  newest().end()
  await clock.until(() => requests.length === 1)
  const stream = newestRequest()
  stream.welcome()
  await clock.settle()
  const [subscribe] = newestRequest().frames
  expect(subscribe).toMatchObject({ type: 'subscribe', channel: 'room:1', since: 'e:6' })
  // The stream may overtake the answer, and may tell again what is in it.
  stream.deliver(eventAt('e:8'))
  stream.deliver(eventAt('e:9'))
  await clock.settle()
  expect(heard).toEqual(['e:6'])
  await answer(world, joinReply({ recovered: true, position: 'e:8', events: eventsBetween(6, 8) }))
  expect(heard).toEqual(['e:6', 'e:7', 'e:8', 'e:9'])
  const publish = await answer(world, { duplicate: true, id: 'id-7', position: 'e:7' })
  expect(publish.frames).toMatchObject([{ type: 'publish', message_id: 'm-1' }])
  await expect(published).resolves.toMatchObject({ position: 'e:7' })
  expect(client.transport()).toBe('sse')
})

it('says goodbye over SSE when it disconnects', async () => {
  const world = await createFallenBack()
  void world.client.channel('room:1').subscribe()
  await answer(world, joinReply())
  world.client.disconnect()
  await world.clock.settle()
  expect(world.newestRequest().frames).toEqual([{ type: 'unsubscribe', channel: 'room:1' }])
  await answer(world, {})
  expect(world.stream.isAborted).toBe(true)
  expect(world.clock.pendingTimers).toBe(0)
})

it('goes back to WebSocket once one opens, and resumes there', async () => {
  const world = await createFallenBack()
  const { client, clock, sockets, newest, stream } = world
  const channel = client.channel('room:1')
  void channel.subscribe()
  await answer(world, joinReply({ position: 'e:5' }))
  const life = async (ms: number) => {
    for (let left = ms; left > 0; left -= 15_000) {
      stream.push(':\n\n')
      await clock.advance(Math.min(left, 15_000))
    }
  }
  await life(1_999)
  expect(sockets).toHaveLength(1)
  await life(1)
  expect(sockets).toHaveLength(2)
  newest().end()
  await life(7_999)
  expect(sockets).toHaveLength(2)
  await life(1)
  expect(sockets).toHaveLength(3)
  expect(client.transport()).toBe('sse')
  newest().welcome()
  expect(newest().closedWith).toBe(1000)
  await clock.until(() => sockets.length === 4)
  expect(stream.isAborted).toBe(true)
  newest().welcome()
  expect(client.transport()).toBe('websocket')
  expect(newest().take('subscribe').since).toBe('e:5')
})

it('ends the probe with the connection', async () => {
  const { client, clock, newest } = await createFallenBack({ pingIntervalMs: 1_000_000 })
  await clock.advance(2_000)
  const probe = newest()
  client.disconnect()
  await clock.settle()
  expect(probe.closedWith).toBe(1000)
  expect(clock.pendingTimers).toBe(0)
})
