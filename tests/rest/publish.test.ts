import { createHub, type Hub } from '@coterie/server'
import { afterEach, expect, it } from 'vitest'
import { checked } from './checked-fetch.ts'

const key = 'a server key of some length'
let hub: Hub
afterEach(() => hub.close())

async function post(body: unknown, authorization = `Bearer ${key}`) {
  hub = createHub({
    apiKeys: ['an older key, still good', key],
    channels: { 'room:*': { history: true }, lobby: {} },
  })
  const fetch = await checked(hub)
  const response = await fetch(
    new Request('http://hub/api/realtime/publish', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization !== '' && { authorization }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const event = { channel: 'room:1', event: 'note', payload: { a: 1 } }

it('publishes for who has a server key', async () => {
  expect(await post(event)).toMatchObject({
    status: 200,
    body: { position: expect.stringMatching(/:1$/), duplicate: false, receivers: 0 },
  })
})

it('takes each of several keys', async () => {
  expect((await post(event, 'Bearer an older key, still good')).status).toBe(200)
  await hub.close()
  expect((await post(event, `bearer ${key}`)).status).toBe(200)
})

it('has no position where no history is kept', async () => {
  expect((await post({ ...event, channel: 'lobby' })).body.position).toBeNull()
})

it('publishes to all that match a pattern and somebody listens to', async () => {
  expect(await post({ ...event, channel: 'room:*' })).toEqual({
    status: 200,
    body: { channels: 0, receivers: 0 },
  })
})

it.each([
  ['no key', event, '', 401, 'unauthorized'],
  ['a wrong key', event, 'Bearer wrong', 401, 'unauthorized'],
  ['another scheme', event, 'Basic abc', 401, 'unauthorized'],
  ['a body that is not JSON', '{', undefined, 400, 'invalid_payload'],
  ['a body that is no object', '[]', undefined, 422, 'invalid_payload'],
  ['no event', { channel: 'room:1', payload: 1 }, undefined, 422, 'invalid_payload'],
  ['no payload', { channel: 'room:1', event: 'e' }, undefined, 422, 'invalid_payload'],
  ['an unknown field', { ...event, chanel: 1 }, undefined, 422, 'invalid_payload'],
  ['an unknown channel', { ...event, channel: 'nowhere' }, undefined, 404, 'unknown_channel'],
  ['a name that is none', { ...event, channel: 'a b' }, undefined, 400, 'invalid_channel'],
  ['a body over the limit', { ...event, payload: 'x'.repeat(70_000) }, undefined, 413, 'too_large'],
])('refuses %s', async (_, body, authorization, status, code) => {
  const answer = await post(body, authorization)
  expect(answer).toMatchObject({ status, body: { error: { code, message: expect.any(String) } } })
})

it('answers other paths and methods like ones that are not there', async () => {
  hub = createHub({ apiKeys: [key] })
  const fetch = await checked(hub)
  for (const [method, path] of [
    ['GET', '/api/realtime/publish'],
    ['POST', '/api/realtime/other'],
  ]) {
    const response = await fetch(new Request(`http://hub${path}`, { method }))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } })
  }
})

it('says that it lives and whether it is ready', async () => {
  hub = createHub({ rootPaths: true })
  const fetch = await checked(hub)
  const get = async (path: string): Promise<[number, unknown]> => {
    const response = await fetch(new Request(`http://hub${path}`))
    return [response.status, await response.json()]
  }
  expect(await get('/health/live')).toEqual([200, { status: 'ok' }])
  expect(await get('/health/ready')).toEqual([200, { status: 'ready' }])
  await hub.close()
  expect(await get('/health/ready')).toEqual([503, { status: 'draining' }])
})
