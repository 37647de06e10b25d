import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SubscribeReply } from '@coterie/protocol'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { SpawnedServer } from './spawned-server.ts'

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const base = mkdtempSync(join(tmpdir(), 'coterie-process-'))
let folder: string
let folders = 0

beforeEach(() => {
  folders += 1
  folder = mkdtempSync(join(base, `${folders}-`))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

function start(environment: Record<string, string>, ...flags: string[]) {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ['--conditions=coterie-source', main, 'start', ...flags],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
      encoding: 'utf8',
      timeout: 300_000,
    },
  )
  return { status, stderr, stdout }
}

const config = { channels: { 'room:*': { history: true } } }

async function subscribe(
  server: SpawnedServer,
  since?: string,
): Promise<[WebSocket, SubscribeReply]> {
  const socket = new WebSocket(server.url, {
    headers: { authorization: `Bearer ${await server.token('ada')}` },
  })
  socket.on('open', () => {
    socket.send(JSON.stringify({ type: 'subscribe', id: 's', channel: 'room:1', since }))
  })
  const reply = await new Promise<SubscribeReply>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { id?: string; payload: SubscribeReply }
      if (frame.id === 's') resolve(frame.payload)
    })
  })
  return [socket, reply]
}

it('tells its clients to come back when it is asked to end, and ends with 0', async () => {
  const server = await SpawnedServer.start(config)
  const [socket] = await subscribe(server)
  const closed = new Promise<[number, string]>((resolve) => {
    socket.on('close', (code, reason) => resolve([code, String(reason)]))
  })
  expect(await server.stop()).toBe(0)
  const [code, reason] = await closed
  expect(code).toBe(1012)
  expect(JSON.parse(reason)).toEqual({ retry_ms: expect.any(Number) })
})

it('keeps the epoch and every position over a restart', async () => {
  const server = await SpawnedServer.start(config)
  const [socket, { position }] = await subscribe(server)
  const published = new Promise((resolve) => {
    socket.on('message', (data) => String(data).includes('"id":"p"') && resolve(undefined))
  })
  socket.send('{"type":"publish","id":"p","channel":"room:1","event":"e","payload":1}')
  await published
  await server.stop()
  await server.start()
  const [again, resumed] = await subscribe(server, position ?? undefined)
  expect(resumed).toMatchObject({ recovered: true, events: [{ payload: 1 }] })
  again.terminate()
})

it('names a port that is taken, and what to do', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const { status, stderr, stdout } = start({ PORT: `${port}`, COTERIE_ENGINE: 'memory' })
  other.close()
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain(`port ${port} on 127.0.0.1 is already in use`)
})

it.each([
  ['{"chanels":{}}', /unknown key "chanels"; known here: .*channels/],
  [
    '{"channels":{"room:*":{"history":{"size":-1}}}}',
    /"channels\.room:\*\.history\.size" is -1: .*>0/,
  ],
  ['{"channels":{"room:**":{}}}', /room:\*\*.*expected a channel name, or a pattern/],
  ['not json', /coterie\.config\.json: .*JSON/],
])('does not start with the configuration %s, and says why', (text, message) => {
  writeFileSync(join(folder, 'coterie.config.json'), text)
  const { status, stderr, stdout } = start({ PORT: '0' })
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toMatch(message)
  expect(existsSync(join(folder, '.coterie'))).toBe(false)
})

it('does not share its file with a second server', async () => {
  const server = await SpawnedServer.start(config)
  const { status, stderr } = start({
    PORT: '0',
    COTERIE_ENGINE: `sqlite:${server.dataDir}/engine.sqlite`,
  })
  expect(status).toBe(1)
  expect(stderr).toContain('another process uses it')
})

it('leaves nothing outside its data directory', async () => {
  const { status } = start({ PORT: 'none' })
  expect(status).toBe(1)
  expect(readdirSync(folder)).toEqual([])
})
