import { type Channel, type Client, createClient, type TransportName } from '@coterie/client'
import { SeededRandom } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { SpawnedServer } from '../reliability/spawned-server.ts'
import { judge } from '../simulation/delivery-oracle.ts'
import { FaultProxy } from './fault-proxy.ts'

const ROOM = 'room:1'
const CLIENTS = 3
const FAULTS = Number(process.env.COTERIE_FAULTS ?? 14)
const SEED = Number(process.env.COTERIE_FAULT_SEED ?? Math.floor(Math.random() * 1_000_000))
const PACE_MS = 15
const GRACE_MS = 400

const config = {
  channels: { 'room:*': { history: { size: 5_000, ttlMs: 300_000 }, presence: true } },
  limits: { framesPerSecond: 1_000, framesBurst: 2_000 },
  heartbeat: { intervalMs: 200, timeoutMs: 600 },
  presence: { graceMs: GRACE_MS },
}

interface User {
  readonly client: Client
  readonly room: Channel
  readonly received: string[]
}

async function connect(
  url: string,
  server: SpawnedServer,
  name: string,
  transport: TransportName = 'websocket',
): Promise<User> {
  const client = createClient({
    url,
    token: () => server.token(name),
    transports: [transport],
    reconnectDelayMs: 20,
    maxReconnectDelayMs: 100,
    pingIntervalMs: 300,
    pongTimeoutMs: 300,
    connectTimeoutMs: 500,
    replyTimeoutMs: 1_000,
  })
  onTestFinished(() => client.disconnect())
  const room = client.channel(ROOM, { presence: true })
  const received: string[] = []
  room.onAny(({ id }) => received.push(id))
  room.onReset((reason) => received.push(`reset: ${reason}`))
  room.onGap((gap) => received.push(`gap: ${JSON.stringify(gap)}`))
  client.connect()
  await room.subscribe()
  return { client, room, received }
}

/** Breaks something, then lets the network recover for a while. */
async function breakSomething(proxy: FaultProxy, random: SeededRandom): Promise<void> {
  const faults = [
    () => proxy.cut(),
    () => proxy.halfOpen(),
    () => proxy.oneWay('up'),
    () => proxy.oneWay('down'),
    () => proxy.truncate(random.below(2_000)),
    () => {
      proxy.delayMs = random.below(60)
    },
    () => {
      proxy.newcomers = random.below(2) === 0 ? 'refuse' : 'swallow'
      proxy.cut()
    },
  ]
  faults[random.below(faults.length)]?.()
  await pause(50 + random.below(300))
  proxy.newcomers = 'accept'
  proxy.delayMs = 0
}

// The time a fault lasts is what is tested here; nothing is awaited by it.
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

it.each<TransportName>(['websocket', 'sse'])(
  `loses, doubles and reorders nothing by %s through a broken network (COTERIE_FAULT_SEED=${SEED})`,
  async (transport) => {
    const random = new SeededRandom(SEED)
    const server = await SpawnedServer.start(config)
    const proxy = await FaultProxy.start(() => Number(new URL(server.url).port))
    const through = server.url.replace(/:\d+\//, `:${proxy.port}/`)
    const direct = await connect(server.url, server, 'direct')
    const users = [direct]
    for (let n = 0; n < CLIENTS; n += 1)
      users.push(await connect(through, server, `user-${n}`, transport))

    const attempted = new Set<string>()
    const acknowledged = new Set<string>()
    const failures: unknown[] = []
    const publish = (): void => {
      for (const [index, { room }] of users.entries()) {
        const id = `${index}-${attempted.size}`
        attempted.add(id)
        room.publish('message', id, { messageId: id }).then(
          () => acknowledged.add(id),
          (error: unknown) => failures.push(error),
        )
      }
    }
    const timer = setInterval(publish, PACE_MS)
    for (let n = 0; n < FAULTS; n += 1) await breakSomething(proxy, random)
    clearInterval(timer)

    await expect.poll(() => attempted.size - acknowledged.size).toBe(0)
    const last = await direct.room.publish('message', 'last', { messageId: 'last' })
    attempted.add('last')
    acknowledged.add('last')
    for (const { received } of users) {
      await expect.poll(() => received.at(-1)).toBe('last')
    }
    expect(failures).toEqual([])
    const log = await readLog(direct.room)
    expect(log.at(-1)).toBe(last.id)
    for (const [index, { received }] of users.entries()) {
      const verdict = judge({ attempted, acknowledged, log, received })
      expect(verdict, `user ${index}`).toEqual([])
    }
  },
)

it('finds a connection that is gone without a word, at both ends', async () => {
  const server = await SpawnedServer.start(config)
  const proxy = await FaultProxy.start(() => Number(new URL(server.url).port))
  const through = server.url.replace(/:\d+\//, `:${proxy.port}/`)
  const watcher = await connect(server.url, server, 'watcher')
  const user = await connect(through, server, 'user')
  const present = (): string[] =>
    watcher.room.presence
      .members()
      .map(({ user_id: id }) => id)
      .sort()
  await expect.poll(present).toEqual(['user', 'watcher'])
  proxy.newcomers = 'refuse'
  proxy.halfOpen()
  await expect.poll(() => user.client.status()).toBe('reconnecting')
  await expect.poll(present).toEqual(['watcher'])
  proxy.newcomers = 'accept'
  await expect.poll(present).toEqual(['user', 'watcher'])
})

async function readLog(room: Channel): Promise<string[]> {
  const ids: string[] = []
  let since: string | undefined
  for (;;) {
    const page = await room.history({ limit: 500, ...(since !== undefined && { since }) })
    ids.push(...page.events.map(({ id }) => id))
    since = page.events.at(-1)?.position
    if (since === undefined || since === page.position) return ids
  }
}
