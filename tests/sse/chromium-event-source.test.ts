import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { launchChromium } from '../browser/chromium.ts'
import { eventSourceConformance } from './event-source-conformance.ts'
import { EVENT_TYPES, HeardEvents } from './heard-events.ts'
import { bearer, CHANNELS, publish, startStreamingHub } from './streaming-hub.ts'
import { TcpRelay } from './tcp-relay.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** Opens a page of an origin, with a token in its cookie where one is given. */
async function openPage(origin: string, token?: string): Promise<Page> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  if (token !== undefined) {
    const cookie = {
      name: 'coterie_token',
      value: token,
      sameSite: 'Strict',
      httpOnly: true,
    } as const
    await context.addCookies([{ ...cookie, url: origin }])
  }
  const page = await context.newPage()
  // Any answer of the origin is a page of it.
  await page.goto(`${origin}/health/live`)
  return page
}

/** Listens in a page; `error` is heard once the browser has given up. */
async function listen(page: Page, address: string, withCredentials = false): Promise<HeardEvents> {
  const heard = new HeardEvents()
  await page.exposeFunction('heard', (type: string, data: string, lastEventId: string) =>
    heard.take(type, data, lastEventId),
  )
  await page.evaluate(
    ({ url, types, options }) => {
      const { heard: tell } = globalThis as unknown as Record<'heard', (...args: string[]) => void>
      const source = new EventSource(url, options)
      for (const type of types) {
        source.addEventListener(type, ({ data, lastEventId }) => tell(type, data, lastEventId))
      }
      source.onerror = () => source.readyState === EventSource.CLOSED && tell('error', '', '')
    },
    { url: address, types: EVENT_TYPES, options: { withCredentials } },
  )
  return heard
}

eventSourceConformance("Chromium's EventSource, with a cookie", async (address, token) =>
  listen(await openPage(new URL(address).origin, token), address),
)

it('hears with its cookie from a page of an allowed origin', async () => {
  const relay = await TcpRelay.start()
  const { hub, url } = await startStreamingHub({ allowedOrigins: [relay.url] })
  const page = await openPage(relay.leadTo(url).url, 'ada')
  const heard = await listen(page, `${url}/events?channels=room:1`, true)
  await heard.until('connection', 1)
  expect(heard.of('connection')).toMatchObject([{ data: { user_id: 'ada' } }])
  await publish(url, 'room:1', 'hello')
  await heard.until('event', 1)
  expect(hub.figures().connections).toBe(1)
})

it('hears nothing with its cookie from a page of another origin', async () => {
  const relay = await TcpRelay.start()
  const { hub, url } = await startStreamingHub()
  const page = await openPage(relay.leadTo(url).url, 'ada')
  const heard = await listen(page, `${url}/events?channels=room:1`, true)
  await heard.until('error', 1)
  expect(heard.all).toHaveLength(1)
  expect(hub.figures().connections).toBe(0)
})

it('hears with a ticket from a page of any origin, where none are named', async () => {
  const relay = await TcpRelay.start()
  const { url } = await startStreamingHub({ channels: CHANNELS })
  const page = await openPage(relay.leadTo(url).url)
  const response = await fetch(`${url}/tickets`, { method: 'POST', headers: bearer('ada') })
  const { ticket } = (await response.json()) as { ticket: string }
  const heard = await listen(page, `${url}/events?channels=room:1&ticket=${ticket}`)
  await publish(url, 'room:1', 'hello')
  await heard.until('connection', 1)
  expect(heard.of('connection')).toMatchObject([{ data: { user_id: 'ada' } }])
})
