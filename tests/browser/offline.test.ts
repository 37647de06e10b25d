import { createServer } from 'node:http'
import type { Client } from '@coterie/client'
import { createHub } from '@coterie/server'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { launchChromium } from './chromium.ts'

// Without being told, a client would not look in the time that the test takes.
const PAGE = `
  import { createClient } from '@coterie/client'
  const params = new URLSearchParams(location.search)
  window.client = createClient({ transports: [params.get('transport')], pingIntervalMs: 2147483647 })
  window.heard = []
  window.statuses = []
  client.status.subscribe((status) => statuses.push(status))
  const room = client.channel('room:1')
  room.onAny(({ payload }) => heard.push(payload))
  window.room = room
  client.connect()
  room.subscribe()
`

declare global {
  var client: Client
  var room: ReturnType<Client['channel']>
  var heard: unknown[]
  var statuses: string[]
}

let browser: Browser
let bundle: string

beforeAll(async () => {
  const [launched, built] = await Promise.all([
    launchChromium(),
    build({
      stdin: { contents: PAGE, resolveDir: import.meta.dirname, loader: 'js' },
      bundle: true,
      write: false,
      format: 'esm',
      conditions: ['coterie-source'],
    }),
  ])
  browser = launched
  bundle = built.outputFiles[0]?.text ?? ''
})

afterAll(() => browser.close())

/** Opens a page whose client is in the room, over one transport. */
async function openPage(transport: string) {
  const hub = createHub({
    anonymous: true,
    channels: { 'room:*': { subscribe: 'public', history: true } },
  })
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? bundle : '<script type="module" src="/page.js"></script>')
  })
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const context = await browser.newContext()
  onTestFinished(async () => {
    await context.close()
    await hub.close()
    server.closeAllConnections()
    server.close()
  })
  const page = await context.newPage()
  await page.goto(`http://127.0.0.1:${port}/?transport=${transport}`)
  await page.waitForFunction(() => room.status() === 'joined', undefined, { timeout: 0 })
  return { hub, context, page }
}

const becomes = (page: Page, status: string) =>
  page.waitForFunction((wanted) => client.status() === wanted, status, { timeout: 0 })

it.each(['websocket', 'sse'])(
  'a page says at once that the network is gone, and misses nothing, over %s',
  async (transport) => {
    const { hub, context, page } = await openPage(transport)
    await hub.publish('room:1', 'message', 1)
    await page.waitForFunction(() => heard.length === 1, undefined, { timeout: 0 })
    await context.setOffline(true)
    await becomes(page, 'reconnecting')
    await page.evaluate(() => void room.publish('message', 'written offline'))
    await hub.publish('room:1', 'message', 2)
    await page.waitForFunction(() => client.retryAt() !== null, undefined, { timeout: 0 })
    await context.setOffline(false)
    await becomes(page, 'connected')
    await page.waitForFunction(() => heard.length >= 3, undefined, { timeout: 0 })
    expect((await page.evaluate(() => heard)).toSorted()).toEqual([1, 2, 'written offline'])
  },
)

it('a page where the server answers all the same is connected again, over the same connection', async () => {
  const { hub, page } = await openPage('websocket')
  await page.evaluate(() => window.dispatchEvent(new Event('offline')))
  await becomes(page, 'connected')
  expect(await page.evaluate(() => statuses.slice(-2))).toEqual(['reconnecting', 'connected'])
  expect(hub.connections.list()).toMatchObject({ value: { length: 1 } })
})
