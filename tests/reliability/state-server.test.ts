import { type Channel, createClient } from '@coterie/client'
import type { StateFrame } from '@coterie/protocol'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { SpawnedServer } from './spawned-server.ts'

const BOARD = 'board:1'
const WRITERS = 3
const CHANGES = 60
const config = {
  channels: { 'board:*': { state: { persist: true } } },
  limits: { framesPerSecond: 1_000, framesBurst: 2_000 },
}

async function openBoard(server: SpawnedServer, name: string): Promise<Channel> {
  const client = createClient({
    url: server.url,
    token: () => server.token(name),
    reconnectDelayMs: 20,
    maxReconnectDelayMs: 100,
  })
  onTestFinished(() => client.disconnect())
  const board = client.channel(BOARD, { state: true })
  client.connect()
  await board.subscribe()
  return board
}

/** Notes every change that the server tells of, over all its lives. */
async function watchChanges(server: SpawnedServer): Promise<StateFrame[]> {
  const changes: StateFrame[] = []
  const watch = async (): Promise<void> => {
    const token = await server.token('watcher')
    const socket = new WebSocket(server.url)
    onTestFinished(() => {
      socket.removeAllListeners()
      socket.on('error', () => {})
      socket.terminate()
    })
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'auth', token }))
      socket.send(JSON.stringify({ type: 'subscribe', id: 's', channel: BOARD, state: true }))
    })
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as StateFrame | { type: 'reply' }
      if (frame.type === 'state') changes.push(frame)
    })
    socket.on('error', () => {})
    socket.on('close', () => setTimeout(() => void watch(), 20))
  }
  await watch()
  return changes
}

it('keeps every acknowledged change of a state when the server is killed, and makes none twice', async () => {
  const server = await SpawnedServer.start(config)
  const changes = await watchChanges(server)
  const boards = await Promise.all(
    Array.from({ length: WRITERS }, (_, writer) => openBoard(server, `writer-${writer}`)),
  )
  const acknowledged: string[] = []
  const all = boards.map(async ({ state }, writer) => {
    for (let n = 0; n < CHANGES; n += 1) {
      // One key of its own, which tells that it was made, and one that all fight for.
      const name = `${writer}-${n}`
      await state.merge({ [name]: true, last: name })
      acknowledged.push(name)
    }
  })
  await expect.poll(() => acknowledged.length).toBeGreaterThan(30)
  await server.kill()
  await server.start()
  await Promise.all(all)
  expect(acknowledged).toHaveLength(WRITERS * CHANGES)

  const late = await openBoard(server, 'late')
  const { last, ...made } = late.state.value()
  expect(Object.keys(made).toSorted()).toEqual(acknowledged.toSorted())
  // Every change has one version, so a change made twice would show as one too many.
  expect(late.state.version()).toBe(WRITERS * CHANGES)
  for (const { state } of boards) {
    await expect.poll(() => state.value()).toEqual({ ...made, last })
    expect(state.version()).toBe(WRITERS * CHANGES)
  }
  const versions = changes.map(({ version }) => version)
  expect(versions, 'told once each').toHaveLength(new Set(versions).size)
})
