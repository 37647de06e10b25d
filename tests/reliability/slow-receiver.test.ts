import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createClient } from '@coterie/client'
import type { ServerFrame } from '@coterie/protocol'
import { createHub, createSqliteEngine, type Hub, type HubOptions } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { FaultProxy } from '../faults/fault-proxy.ts'

const MEGABYTE = 1_048_576
const FILLER = 'x'.repeat(20_000)
/** Events that make 100 MB. */
const FLOOD = 5_000
const STALLED = 8

/** A raw connection that notes the offsets it gets, and the gaps. */
class Receiver {
  readonly socket: WebSocket
  readonly heard: (number | 'gap')[] = []
  #hasJoined = false
  #onHeard = (): void => {}

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ServerFrame
      if (frame.type === 'event') this.heard.push(Number(frame.position?.split(':')[1]))
      else if (frame.type === 'gap') this.heard.push('gap')
      else if (frame.type === 'connection') this.#send({ type: 'auth', id: 'a', token: 'ada' })
      else if (frame.type === 'reply' && frame.id === 'a') {
        this.#send({ type: 'subscribe', id: 's', channel: 'room:1' })
      } else if (frame.type === 'reply') this.#hasJoined = true
      this.#onHeard()
    })
    socket.on('error', () => {})
    onTestFinished(() => socket.terminate())
  }

  /** Resolves when the server has taken the subscription. */
  static async join(url: string): Promise<Receiver> {
    const receiver = new Receiver(new WebSocket(`${url.replace('http', 'ws')}/api/realtime/ws`))
    while (!receiver.#hasJoined) await receiver.#next()
    return receiver
  }

  async reached(offset: number): Promise<void> {
    while (this.heard.at(-1) !== offset) await this.#next()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#onHeard = resolve
    })
  }

  #send(frame: object): void {
    this.socket.send(JSON.stringify(frame))
  }
}

async function startHub(historySize: number, limits: HubOptions['limits']) {
  const dataDir = mkdtempSync(join(tmpdir(), 'coterie-slow-'))
  const hub = createHub({
    engine: createSqliteEngine({ path: join(dataDir, 'coterie.db') }),
    authenticator: nameAuthenticator,
    channels: { 'room:*': { history: { size: historySize } } },
    limits: { ...limits, connectionsPerUser: 100 },
  })
  onTestFinished(async () => {
    await hub.close()
    rmSync(dataDir, { recursive: true })
  })
  return { hub, url: await hub.listen({ port: 0 }) }
}

/** Publishes events with the numbers from `from` to `to`, each once the one before is stored. */
async function flood(hub: Hub, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) {
    const result = await hub.publish('room:1', 'e', { number, filler: FILLER })
    if (!result.ok) throw new Error(result.error.message)
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function usedBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function queuedBytes(hub: Hub): number[] {
  const listed = hub.connections.list()
  return listed.ok ? listed.value.map((connection) => connection.queuedBytes) : []
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

it('spends less than 8 MB on a client that reads nothing while 100 MB are published', async () => {
  const { hub, url } = await startHub(2 * FLOOD, { sendTimeoutMs: 600_000 })
  const attentive = await Receiver.join(url)
  const stalled: Receiver[] = []
  for (let n = 0; n < STALLED; n += 1) {
    const receiver = await Receiver.join(url)
    receiver.socket.pause()
    stalled.push(receiver)
  }
  await flood(hub, 1, 10)
  await attentive.reached(10)
  const before = usedBytes()
  let mostQueued = 0
  for (let number = 11; number <= FLOOD; number += 1) {
    await flood(hub, number, number)
    // The others are in step whatever the stalled ones do.
    if (number % 100 === 0) await attentive.reached(number)
    mostQueued = Math.max(mostQueued, ...queuedBytes(hub))
  }
  expect(mostQueued).toBeGreaterThan(0)
  expect(mostQueued).toBeLessThan(8 * MEGABYTE)
  expect((usedBytes() - before) / STALLED).toBeLessThan(8 * MEGABYTE)
  expect(attentive.heard).toEqual(range(1, FLOOD))
  expect(hub.figures().slowConnections).toBe(STALLED)

  // Live events go on while those who were behind catch up.
  for (const { socket } of stalled) socket.resume()
  await flood(hub, FLOOD + 1, FLOOD + 50)
  await Promise.all(stalled.map((receiver) => receiver.reached(FLOOD + 50)))
  for (const { heard } of stalled) expect(heard).toEqual(range(1, FLOOD + 50))
  await expect.poll(() => hub.figures().slowConnections).toBe(0)
})

it('reports the gap to a client that reads again, when the log no longer has all events', async () => {
  const { hub, url } = await startHub(20, { sendTimeoutMs: 600_000 })
  const receiver = await Receiver.join(url)
  receiver.socket.pause()
  await flood(hub, 1, 1_000)
  receiver.socket.resume()
  await receiver.reached(1_000)
  const gapAt = receiver.heard.indexOf('gap')
  const before = receiver.heard.slice(0, gapAt)
  const after = receiver.heard.slice(gapAt + 1)
  expect(before).toEqual(range(1, before.length))
  expect(after).toEqual(range(after[0] as number, 1_000))
  expect(after[0]).toBeLessThanOrEqual(981)
  expect(after[0]).toBeGreaterThan(before.length + 1)
})

it('closes the connection of one who takes nothing for too long, who then resumes', async () => {
  const { hub, url } = await startHub(2_000, { sendTimeoutMs: 300 })
  const proxy = await FaultProxy.start(() => Number(new URL(url).port))
  const client = createClient({
    url: `http://127.0.0.1:${proxy.port}`,
    token: 'ada',
    transports: ['websocket'],
    reconnectDelayMs: 20,
    // Longer than the test: it is the server that has to notice.
    pingIntervalMs: 600_000,
  })
  onTestFinished(() => client.disconnect())
  const numbers: number[] = []
  const room = client.channel('room:1')
  room.on('e', ({ payload }) => numbers.push((payload as { number: number }).number))
  client.connect()
  await room.subscribe()
  await flood(hub, 1, 5)
  await expect.poll(() => numbers).toEqual(range(1, 5))
  proxy.stall()
  await flood(hub, 6, 1_000)
  await expect.poll(() => hub.figures().closedTooSlow).toBe(1)
  await expect.poll(() => hub.figures().connections).toBe(0)
  proxy.unstall()
  await expect.poll(() => numbers.at(-1)).toBe(1_000)
  expect(numbers).toEqual(range(1, 1_000))
})
