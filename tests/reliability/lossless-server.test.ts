import type { HistoryReply, ServerFrame, SubscribeReply } from '@coterie/protocol'
import { SeededRandom } from '@coterie/testing'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { judge } from '../simulation/delivery-oracle.ts'
import { SpawnedServer } from './spawned-server.ts'

const ROOM = 'room:1'
const SENDERS = 4
const MESSAGES = 50
const RETRY_MS = 20
const config = { channels: { 'room:*': { history: { size: 1_000, ttlMs: 300_000 } } } }

/** One who knows the protocol and nothing else: connects, subscribes, and again after a cut. */
class RawUser {
  readonly #server: SpawnedServer
  readonly #userId: string
  readonly #onFrame: (frame: ServerFrame) => void
  #socket: WebSocket | undefined
  #isGone = false
  position: string | undefined

  constructor(server: SpawnedServer, userId: string, onFrame: (frame: ServerFrame) => void) {
    this.#server = server
    this.#userId = userId
    this.#onFrame = onFrame
  }

  async connect(): Promise<void> {
    const token = await this.#server.token(this.#userId)
    if (this.#isGone) return
    const socket = new WebSocket(this.#server.url)
    this.#socket = socket
    socket.on('open', () => {
      this.send({ type: 'auth', token })
      this.send({ type: 'subscribe', id: 'join', channel: ROOM, since: this.position })
    })
    socket.on('message', (data) => {
      if (socket === this.#socket) this.#onFrame(JSON.parse(String(data)) as ServerFrame)
    })
    socket.on('error', () => {})
    // Whatever ended it, one comes back; the server may not be there yet.
    socket.on('close', () => {
      if (this.#isGone || socket !== this.#socket) return
      setTimeout(() => void this.connect(), RETRY_MS)
    })
  }

  send(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  cut(): void {
    // What has arrived and was not read yet is lost with the rest.
    this.#socket?.removeAllListeners('message')
    this.#socket?.terminate()
  }

  leave(): void {
    this.#isGone = true
    this.#socket?.terminate()
  }
}

interface Run {
  readonly attempted: Set<string>
  readonly acknowledged: Set<string>
  readonly received: string[]
  readonly receiver: RawUser
  /** Resolves when so many events were received. */
  reached(count: number): Promise<void>
  /** Resolves when all is acknowledged and received; returns the log. */
  finished(): Promise<string[]>
  leave(): void
}

/** Reads the room's log as somebody who was not there before. */
async function readLog(server: SpawnedServer): Promise<string[]> {
  const log = Promise.withResolvers<string[]>()
  const reader = new RawUser(server, 'reader', (frame) => {
    if (frame.type !== 'reply') return
    if (frame.id === 'join')
      reader.send({ type: 'history', id: 'log', channel: ROOM, limit: 1_000 })
    if (frame.id !== 'log') return
    const { events } = frame.payload as unknown as HistoryReply
    log.resolve(events.map(({ id }) => id))
  })
  void reader.connect()
  const ids = await log.promise
  reader.leave()
  return ids
}

/** Four users publish 50 messages each, in order, again and again until acknowledged. */
async function publishAll(server: SpawnedServer): Promise<Run> {
  const attempted = new Set<string>()
  const acknowledged = new Set<string>()
  const received: string[] = []
  let onProgress = (): void => {}
  const joined = Promise.withResolvers<void>()

  const receiver = new RawUser(server, 'receiver', (frame) => {
    if (frame.type === 'event') take(frame.id, frame.position)
    if (frame.type !== 'reply') return
    if (frame.id === 'join') {
      const reply = frame.payload as unknown as SubscribeReply
      if (receiver.position !== undefined) expect(reply).toMatchObject({ recovered: true })
      for (const { id, position } of reply.events) take(id, position)
      receiver.position = reply.position ?? undefined
      joined.resolve()
    }
  })
  const take = (id: string, position: string | undefined): void => {
    received.push(id)
    receiver.position = position
    onProgress()
  }

  const senders = Array.from({ length: SENDERS }, (_, sender) => {
    let next = 0
    const publish = (): void => {
      const id = `${sender}-${next}`
      attempted.add(id)
      user.send({
        type: 'publish',
        id,
        channel: ROOM,
        event: 'message',
        payload: { sender, next },
        message_id: id,
      })
    }
    const user = new RawUser(server, `sender-${sender}`, (frame) => {
      if (frame.type === 'error') throw new Error(`refused: ${frame.message}`)
      if (frame.type !== 'reply' || !('id' in frame)) return
      if (frame.id !== 'join') {
        if (frame.id !== `${sender}-${next}`) return
        acknowledged.add(frame.id)
        next += 1
        onProgress()
      }
      if (next < MESSAGES) publish()
    })
    return user
  })
  // What was published before one first subscribed is not missed.
  void receiver.connect()
  await joined.promise
  for (const sender of senders) void sender.connect()

  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      onProgress = () => {
        if (condition()) resolve()
      }
      onProgress()
    })
  return {
    attempted,
    acknowledged,
    received,
    receiver,
    reached: (count) => until(() => received.length >= count),
    async finished() {
      const total = SENDERS * MESSAGES
      await until(() => acknowledged.size === total && new Set(received).size >= total)
      return readLog(server)
    },
    leave() {
      for (const user of [receiver, ...senders]) user.leave()
    },
  }
}

it('gives a receiver that is cut off three times all 200 messages, in order, once', async () => {
  const server = await SpawnedServer.start(config)
  const seed = Date.now() % 1_000_000
  const random = new SeededRandom(seed)
  const run = await publishAll(server)
  for (let cut = 0; cut < 3; cut += 1) {
    await run.reached(cut * 60 + random.below(50))
    run.receiver.cut()
  }
  const log = await run.finished()
  run.leave()
  expect(judge({ ...run, log }), `seed ${seed}`).toEqual([])
  expect(log).toHaveLength(200)
})

it('loses no acknowledged message when the server is killed, and doubles none', async () => {
  const server = await SpawnedServer.start(config)
  const seed = Date.now() % 1_000_000
  const random = new SeededRandom(seed)
  const run = await publishAll(server)
  for (let kill = 0; kill < 2; kill += 1) {
    await run.reached(kill * 90 + 10 + random.below(60))
    await server.kill()
    await server.start()
  }
  const log = await run.finished()
  run.leave()
  expect(judge({ ...run, log }), `seed ${seed}`).toEqual([])
  expect(log).toHaveLength(200)
})
