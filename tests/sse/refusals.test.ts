import { createHub } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'
import { SpawnedServer } from '../reliability/spawned-server.ts'
import { RawStream } from './raw-stream.ts'
import { bearer, startStreamingHub } from './streaming-hub.ts'

const AS_ADA = bearer('ada')

async function refusalOf(url: string, init: RequestInit = {}): Promise<[number, string]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000), ...init })
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  expect(error.message).not.toBe('')
  return [response.status, error.code]
}

it.each([
  ['channels=room:1', {}, 401, 'unauthorized'],
  ['channels=room:1', bearer(''), 401, 'unauthorized'],
  ['channels=room:1&ticket=none', {}, 401, 'unauthorized'],
  ['channels=closed:1', AS_ADA, 403, 'forbidden'],
  ['channels=room:*', AS_ADA, 403, 'forbidden'],
  ['channels=room:1', { cookie: 'coterie_token=ada' }, 403, 'forbidden'],
  ['channels=nowhere:1', AS_ADA, 404, 'unknown_channel'],
  ['channels=room:1,nowhere:1', AS_ADA, 404, 'unknown_channel'],
  ['channels=room:1,,room:1', AS_ADA, 400, 'invalid_channel'],
  ['channels=room:1,user:%ED%A0%80', AS_ADA, 400, 'invalid_channel'],
  ['channels=room:1%0Adata:%20x', AS_ADA, 400, 'invalid_channel'],
])('answers ?%s as %o with %i and %s as JSON', async (query, headers, status, code) => {
  const { hub, url } = await startStreamingHub()
  expect(await refusalOf(`${url}/events?${query}`, { headers })).toEqual([status, code])
  expect(hub.figures().connections).toBe(0)
})

it('answers 404 as JSON beside the stream, and to other methods', async () => {
  const { url } = await startStreamingHub()
  expect(await refusalOf(`${url}/event`)).toEqual([404, 'not_found'])
  expect(await refusalOf(`${url}/events`, { method: 'PUT' })).toEqual([404, 'not_found'])
})

it('refuses one stream more than a user may have, as JSON, and keeps nothing of it', async () => {
  const { hub, url } = await startStreamingHub({ limits: { connectionsPerUser: 1 } })
  const first = await RawStream.open(`${url}/events`, AS_ADA)
  await first.next('connection')
  for (const query of ['', '?channels=room:1']) {
    const refusal = await refusalOf(`${url}/events${query}`, { headers: AS_ADA })
    expect(refusal).toEqual([429, 'limit_exceeded'])
  }
  expect(hub.figures().connections).toBe(1)
})

it('takes a ticket once, for whom it was given to', async () => {
  const { url } = await startStreamingHub()
  const response = await fetch(`${url}/tickets`, { method: 'POST', headers: AS_ADA })
  const { ticket, expires_at: expiresAt } = (await response.json()) as Record<string, string>
  expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now())
  expect(response.headers.get('cache-control')).toBe('no-store')
  const address = `${url}/events?channels=room:1&ticket=${ticket}`
  const stream = await RawStream.open(address)
  const { data } = await stream.next('connection')
  expect(JSON.parse(data)).toMatchObject({ user_id: 'ada' })
  expect(await refusalOf(address)).toEqual([401, 'unauthorized'])
})

it('gives no ticket to nobody', async () => {
  const { url } = await startStreamingHub()
  expect(await refusalOf(`${url}/tickets`, { method: 'POST' })).toEqual([401, 'unauthorized'])
})

it('says that it ends, and when to come back, when its process is asked to end', async () => {
  const server = await SpawnedServer.start({ channels: { 'room:*': { history: true } } })
  const url = new URL('/api/realtime/events?channels=room:1', server.url.replace('ws', 'http'))
  const stream = await RawStream.open(url, bearer(await server.token('ada')))
  const { id } = await stream.next('connection')
  const stopped = server.stop()
  await stream.ended()
  const close = stream.blocks.at(-1)
  expect(close).toMatchObject({ event: 'close', id })
  const { code, reason } = JSON.parse(close?.data ?? '') as { code: number; reason: string }
  expect(code).toBe(1012)
  expect(JSON.parse(reason)).toEqual({ retry_ms: expect.any(Number) })
  expect(await stopped).toBe(0)
})

it('answers 503 while it leaves', async () => {
  const hub = createHub({ anonymous: true })
  onTestFinished(() => hub.close())
  await hub.close()
  const response = await hub.fetch(new Request('http://hub.test/api/realtime/events'))
  expect(response.status).toBe(503)
})
