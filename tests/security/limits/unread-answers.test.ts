import { get, type IncomingMessage } from 'node:http'
import { createHub, createMemoryEngine } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { createTestHub, FakeClock, nameAuthenticator, testPrincipal } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'

const MEGABYTE = 1_048_576
const BOUND = 16 * MEGABYTE
const channels = {
  'log:*': { history: { size: 1_000, ttlMs: 600_000 }, publish: 'authenticated' },
} as const
const limits = {
  framesPerSecond: 100_000,
  framesBurst: 100_000,
  sendTimeoutMs: 600_000,
  userRequestsBurst: 10_000,
  // Charged answers are another bound, which would be met first.
  answeredBytesPerSecond: 0,
}
const LONG = 'x'.repeat(50_000)

/** An engine that counts the bytes that are read of its logs. */
function countingEngine(clock?: FakeClock) {
  const engine = createMemoryEngine(clock && { clock })
  const read = { bytes: 0 }
  const counting: Engine = {
    ...engine,
    async read(...args) {
      const page = await engine.read(...args)
      if (page.ok) for (const { payload } of page.value.events) read.bytes += payload.length
      return page
    },
  }
  return { engine: counting, read }
}

async function createWorld() {
  const clock = new FakeClock()
  const { engine, read } = countingEngine(clock)
  const world = await createTestHub({ clock, engine, channels, limits })
  for (let n = 0; n < 30; n += 1) await world.hub.publish('log:1', 'm', LONG)
  const ask = (id: number) => ({ type: 'history', id: String(id), channel: 'log:1', limit: 1_000 })
  return { ...world, read, ask }
}

const repliesOf = ({ frames }: { frames: readonly { type: string }[] }): string[] =>
  frames.flatMap((frame) => (frame.type === 'reply' ? [(frame as { id?: string }).id ?? ''] : []))

it('reads no further for all connections of a user who take no answer, and goes on when they do', async () => {
  const { hub, clock, connect, read, ask } = await createWorld()
  const tabs = await Promise.all(Array.from({ length: 14 }, () => connect('ada')))
  for (const { socket } of tabs) socket.pause()
  for (const tab of tabs) for (let n = 0; n < 17; n += 1) tab.send(ask(n))
  await clock.advance(1_000)
  expect(hub.figures().queuedBytes).toBeLessThan(BOUND + MEGABYTE)
  expect(read.bytes).toBeLessThan(BOUND + MEGABYTE)

  const other = await connect('bob')
  other.send(ask(1))
  await other.sees('reply', { id: '1' })

  for (const { socket } of tabs) socket.resume()
  await clock.until(() => tabs.every((tab) => repliesOf(tab).length === 17))
  const inOrder = Array.from({ length: 17 }, (_, n) => String(n))
  for (const tab of tabs) expect(repliesOf(tab)).toEqual(inOrder)
  expect(hub.figures().queuedBytes).toBe(0)
})

it('bounds what waits for all anonymous users of one address together', async () => {
  const { hub, clock, connect, ask } = await createWorld()
  const anonymous = (n: number) => testPrincipal(`anon-${n}`, { isAnonymous: true })
  const strangers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => connect(`anon-${n}`, 0, anonymous(n))),
  )
  for (const stranger of strangers) {
    stranger.socket.pause()
    for (let n = 0; n < 3; n += 1) stranger.send(ask(n))
  }
  await clock.advance(1_000)
  expect(hub.figures().queuedBytes).toBeLessThan(BOUND + MEGABYTE)
})

it('refuses more that would have to wait, and forgets what waits for those who are gone', async () => {
  const { hub, clock, connect, read, ask } = await createWorld()
  const ada = await connect('ada')
  ada.socket.pause()
  for (let n = 0; n < 200; n += 1) ada.send(ask(n))
  await clock.advance(1_000)
  const bytes = read.bytes
  ada.cut()
  await clock.advance(1_000)
  expect(read.bytes).toBe(bytes)
  expect(hub.limits.unreadAnswers.size).toBe(0)
})

async function listen() {
  const { engine, read } = countingEngine()
  const hub = createHub({
    engine,
    channels: { 'log:*': { history: { size: 1_000, ttlMs: 600_000 } } },
    authenticator: nameAuthenticator,
    limits,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  onTestFinished(() => hub.close())
  const url = `${await hub.listen({ port: 0 })}/api/realtime`
  const fill = async (channel: string, megabytes: number) => {
    for (let n = 0; n < megabytes * 20; n += 1) await hub.publish(channel, 'm', LONG)
  }
  const authorization = 'Bearer ada'
  const open = (path: string) =>
    new Promise<IncomingMessage>((resolve) => {
      const request = get(url + path, { headers: { authorization }, agent: false }, resolve)
      request.on('error', () => {})
      onTestFinished(() => void request.destroy())
    })
  return { hub, read, url, fill, open }
}

it('reads little for streams that resume much and are never read, one channel after the other', async () => {
  const { hub, read, fill, open } = await listen()
  const names = Array.from({ length: 8 }, (_, n) => `log:${n}`)
  const positions: string[] = []
  for (const name of names) {
    const described = await hub.channelReader.describe(name, undefined)
    if (described.ok) positions.push(String(described.value.position))
    await fill(name, 3)
  }
  read.bytes = 0
  const path = `/events?channels=${names}&since=${positions}`
  const streams = await Promise.all(Array.from({ length: 5 }, () => open(path)))
  await expect.poll(() => hub.figures().slowConnections).toBe(5)
  // What the kernel takes for a peer that reads nothing is counted as taken.
  const kernelBytes = 5 * 8 * MEGABYTE
  expect(hub.figures().queuedBytes).toBeLessThan(5 * 0.5 * MEGABYTE)
  expect(read.bytes).toBeLessThan(kernelBytes)
  expect(streams.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200])
})

it('limits the answers to one request of frames to those that may wait, and says when to retry', async () => {
  const { read, url, fill, open } = await listen()
  await fill('log:1', 2)
  const stream = await open('/events')
  const text = await new Promise<string>((resolve) => {
    stream.setEncoding('utf8').once('data', resolve)
  })
  const { session } = JSON.parse(/event: connection\ndata: (.*)/.exec(text)?.[1] ?? '{}')
  read.bytes = 0
  const frames = Array.from({ length: 60 }, (_, n) => ({
    type: 'history',
    id: String(n),
    channel: 'log:1',
    limit: 1_000,
  }))
  const response = await fetch(`${url}/frames`, {
    method: 'POST',
    headers: { authorization: `Session ${session}`, 'content-type': 'application/json' },
    body: JSON.stringify(frames),
  })
  const answers = (await response.json()) as { type: string; code?: string }[]
  expect(answers).toHaveLength(60)
  expect(read.bytes).toBeLessThan(BOUND + MEGABYTE)
  const refused = answers.filter(({ type }) => type === 'error')
  expect(refused.length).toBeGreaterThan(30)
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['rate_limited']))
})
