import { readFileSync } from 'node:fs'
import { createHub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import parsePrometheusTextFormat from 'parse-prometheus-text-format'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { RawStream } from '../sse/raw-stream.ts'
import { bearer } from '../sse/streaming-hub.ts'
import { type Answer, type RestHub, SERVER_KEY, startRestHub } from './rest-hub.ts'

const asServer = { as: SERVER_KEY }
/** One line of the text format, version 0.0.4, as strictly as this server writes it. */
const LINE =
  /^(# HELP [a-z_]+ [^\n]+|# TYPE [a-z_]+ (counter|gauge)|[a-z_]+(\{[a-z]+="[^"\\\n]*"\})? [0-9.e+]+)$/

async function scrape({ call }: RestHub) {
  const { status, body, headers } = await call('GET', '/metrics', asServer)
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return valuesOf(String(body))
}

/** Reads the values of samples, by name and label. */
function valuesOf(text: string): Map<string, number> {
  const values = new Map<string, number>()
  for (const { name, metrics } of parsePrometheusTextFormat(text)) {
    for (const { labels = {}, value } of metrics) {
      const label = Object.entries(labels).map(([key, of]) => `{${key}="${of}"}`)
      values.set(`${name}${label}`, Number(value))
    }
  }
  return values
}

/** Tells by how much values have grown. */
function growth(before: Map<string, number>, after: Map<string, number>): Record<string, number> {
  return Object.fromEntries(
    [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)]),
  )
}

/** A socket, and what it has heard. */
async function connect(url: string, user: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/realtime/ws`, {
    headers: bearer(user),
  })
  onTestFinished(() => socket.terminate())
  const heard: Record<string, unknown>[] = []
  socket.on('message', (data) => heard.push(JSON.parse(String(data))))
  const request = async (frame: { id: string; [field: string]: unknown }): Promise<void> => {
    socket.send(JSON.stringify(frame))
    await expect.poll(() => heard.some(({ id }) => id === frame.id)).toBe(true)
  }
  await expect.poll(() => heard.length).toBeGreaterThan(0)
  return { socket, heard, request }
}

it('tells Prometheus what is there, came in, went out and failed', async () => {
  const rest = await startRestHub()
  const url = await rest.hub.listen({ port: 0 })
  const before = await scrape(rest)
  const ada = await connect(url, 'ada')
  const bob = await connect(url, 'bob')
  const stream = await RawStream.open(`${url}/api/realtime/events?channels=room:1`, bearer('eve'))
  await ada.request({ type: 'subscribe', id: '1', channel: 'room:1' })
  await bob.request({ type: 'subscribe', id: '1', channel: 'room:1' })
  await ada.request({ type: 'publish', id: '2', channel: 'room:1', event: 'note', payload: 'hi' })
  await ada.request({ type: 'publish', id: '3', channel: 'nowhere', event: 'note', payload: 'hi' })
  await stream.next('event')
  await bob.request({ type: 'subscribe', id: '2', channel: 'room:1', since: 'gone:1' })
  await rest.call('POST', 'publish', {
    ...asServer,
    body: { channel: 'room:1', event: 'note', payload: 'from the server' },
  })
  await rest.call('GET', 'rooms/none', asServer)
  bob.socket.close(1000)
  await expect.poll(() => rest.hub.figures().connections).toBe(2)
  stream.close()
  await expect.poll(() => rest.hub.figures().connections).toBe(1)

  const values = await scrape(rest)
  expect(growth(before, values)).toMatchObject({
    'coterie_connections{transport="websocket"}': 1,
    'coterie_connections{transport="sse"}': 0,
    coterie_users: 1,
    coterie_connects_total: 3,
    'coterie_disconnects_total{code="1000"}': 1,
    'coterie_disconnects_total{code="none"}': 1,
    'coterie_recoveries_total{recovered="false"}': 1,
    'coterie_recoveries_total{recovered="true"}': 0,
    'coterie_published_events_total{publisher="client"}': 1,
    'coterie_published_events_total{publisher="server"}': 1,
    coterie_deliveries_total: 6,
    coterie_received_frames_total: 5,
    'coterie_errors_total{code="unknown_channel"}': 1,
    'coterie_errors_total{code="not_found"}': 1,
    'coterie_http_requests_total{status="404"}': 1,
  })
  expect(values.get('coterie_channels')).toBeGreaterThanOrEqual(2)
  expect(values.get('coterie_received_bytes_total')).toBeGreaterThan(200)
  expect(values.get('coterie_sent_bytes_total')).toBeGreaterThan(1_000)
  expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000)
})

it('counts an event once for each who gets it: by name, by pattern or as stored', async () => {
  const rest = await startRestHub({ channels: { 'room:*': { subscribe: 'public' } } })
  const url = await rest.hub.listen({ port: 0 })
  const ada = await connect(url, 'ada')
  await connect(url, 'bob')
  await ada.request({ type: 'subscribe', id: '1', channel: 'room:1' })
  await rest.call('POST', 'subscriptions/topic', {
    ...asServer,
    body: { user_id: 'bob', topic: 'room:*' },
  })
  const publish = (exclude?: string): Promise<Answer> =>
    rest.call('POST', 'publish', {
      ...asServer,
      body: { channel: 'room:1', event: 'note', payload: 1, exclude_connection: exclude },
    })
  const before = await scrape(rest)
  await publish()
  await publish(String(ada.heard[0]?.connection_id))
  const grown = growth(before, await scrape(rest))
  expect(grown.coterie_deliveries_total).toBe(3)
  expect(grown['coterie_published_events_total{publisher="server"}']).toBe(2)
})

it('counts what callers are refused, wherever it is refused', async () => {
  const rest = await startRestHub()
  const errorsOf = () => new Map(Object.entries(rest.hub.figures().traffic.errors))
  const before = errorsOf()
  await rest.call('GET', 'rooms')
  await rest.call('GET', 'rooms', { as: 'ada' })
  await rest.call('POST', 'publish', { ...asServer, body: {} })
  await rest.call('POST', 'publish', { ...asServer, body: '{' })
  await rest.call('POST', 'publish', { ...asServer, body: { long: 'x'.repeat(100_000) } })
  await rest.call('GET', 'nothing')
  await rest.call('GET', 'rooms/none', asServer)
  await (await rest.hub.fetch(new Request('http://hub/api/realtime/events?channels=room:1'))).text()
  expect(growth(before, errorsOf())).toMatchObject({
    unauthorized: 2,
    forbidden: 1,
    invalid_payload: 2,
    too_large: 1,
    not_found: 2,
  })
})

it('names no channel, user or tenant, however many there are', async () => {
  const rest = await startRestHub()
  const url = await rest.hub.listen({ port: 0 })
  const before = await scrape(rest)
  for (const name of ['ada', 'bob', 'canary-user']) {
    const { request } = await connect(url, name)
    await request({ type: 'subscribe', id: '1', channel: `room:canary-${name}` })
  }
  const { body } = await rest.call('GET', '/metrics', asServer)
  expect(body).not.toContain('canary')
  const names = [...valuesOf(String(body)).keys()].filter((name) => !name.includes('http_requests'))
  expect(names).toEqual([...before.keys()].filter((name) => !name.includes('http_requests')))
})

it('writes the text format to the letter', async () => {
  const { call } = await startRestHub()
  const { body } = await call('GET', '/metrics', asServer)
  const lines = String(body).split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.filter((line) => !LINE.test(line))).toEqual([])
  const types = lines.filter((line) => line.startsWith('# TYPE'))
  expect(new Set(types).size).toBe(types.length)
  for (const line of types) {
    const [, , name = '', type] = line.split(' ')
    expect(name.endsWith('_total'), name).toBe(type === 'counter')
  }
})

it('says what to set where no server key is configured', async () => {
  const hub = createHub({ authenticator: nameAuthenticator })
  onTestFinished(() => hub.close())
  for (const [headers, code] of [
    [{}, 'unauthorized'],
    [bearer('wrong'), 'unauthorized'],
    [bearer('ada'), 'forbidden'],
  ] as const) {
    const response = await hub.fetch(new Request('http://hub/api/realtime/metrics', { headers }))
    expect(await response.json()).toMatchObject({
      error: {
        code,
        message: expect.stringMatching(/no server key is configured: set COTERIE_API_KEY/),
      },
    })
  }
})

it('is documented figure by figure', async () => {
  const rest = await startRestHub()
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const documented = new Set(page.match(/\b(?:coterie|process)_[a-z_]+/g))
  const { body } = await rest.call('GET', '/metrics', asServer)
  const served = [...String(body).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)
  expect([...documented].sort()).toEqual([...served].sort())
})
