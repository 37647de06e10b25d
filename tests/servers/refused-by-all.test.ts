import { createHub, type HubOptions } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

async function start(options: HubOptions = {}) {
  const warnings: string[] = []
  const warn = (_: object, message: string): void => void warnings.push(message)
  const logger = { debug() {}, info() {}, warn, error: warn }
  const hub = createHub({ engine: 'memory', logger, channels: { 'room:*': {} }, ...options })
  onTestFinished(() => hub.close())
  return { warnings, url: await hub.listen({ port: 0 }) }
}

async function closeCode(url: string): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/realtime/ws`)
  return new Promise((resolve) => socket.on('close', resolve))
}

it('says once why everybody is refused, where nothing says how users are known', async () => {
  const { warnings, url } = await start()
  expect(warnings).toEqual([])
  expect(await closeCode(url)).toBe(4501)
  expect(await closeCode(url)).toBe(4501)
  expect((await fetch(`${url}/api/realtime/events?channels=room:1`)).status).toBe(401)
  expect(warnings).toEqual([
    expect.stringMatching(/^a connection was refused, as all are: .*jwtSecret.*anonymous: true$/),
  ])
})

it('says so for streams alone too', async () => {
  const { warnings, url } = await start()
  await fetch(`${url}/api/realtime/events?channels=room:1`)
  expect(warnings).toHaveLength(1)
})

it('says nothing of one who brings no token where others may', async () => {
  const { warnings, url } = await start({ jwtSecret: 'a secret that is long enough for tokens' })
  expect((await fetch(`${url}/api/realtime/events?channels=room:1`)).status).toBe(401)
  expect(warnings).toEqual([])
})
