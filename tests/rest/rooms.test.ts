import { createHub } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'
import { checked } from './checked-fetch.ts'

const SERVER = 'a key of the server'

async function setUp() {
  const hub = createHub({
    apiKeys: [SERVER],
    channels: { 'room:*': {} },
    rooms: { lobby: { metadata: { title: 'Lobby' } } },
  })
  await hub.start()
  onTestFinished(() => hub.close())
  const fetch = await checked(hub)
  return async (method: string, path: string, body?: unknown, key = SERVER) => {
    const response = await fetch(
      new Request(`http://hub/api/realtime/rooms${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    }
  }
}

it('makes, shows, changes and removes a room', async () => {
  const call = await setUp()
  const made = { id: 'board', password: 'secret', max_users: 2, metadata: { title: 'Board' } }
  const shown = {
    id: 'board',
    has_password: true,
    max_users: 2,
    persist: false,
    metadata: { title: 'Board' },
    created_at: expect.stringMatching(/^\d{4}-.*Z$/),
  }
  expect(await call('POST', '', made)).toEqual({ status: 201, body: shown })
  expect(await call('GET', '/board')).toEqual({ status: 200, body: shown })
  expect(await call('GET', '')).toMatchObject({ body: { rooms: [shown, { id: 'lobby' }] } })
  expect(await call('PATCH', '/board', { password: null, persist: true })).toEqual({
    status: 200,
    body: { ...shown, has_password: false, persist: true },
  })
  expect(await call('DELETE', '/board')).toEqual({ status: 204, body: undefined })
  expect(await call('GET', '/board')).toMatchObject({
    status: 404,
    body: { error: { code: 'not_found', message: 'Room not found' } },
  })
})

it('bans, shows bans and takes them back', async () => {
  const call = await setUp()
  const ban = { user_id: 'ada', reason: 'too loud', until: null }
  expect(await call('PUT', '/lobby/bans/ada', { reason: 'too loud' })).toEqual({
    status: 200,
    body: ban,
  })
  expect(await call('GET', '/lobby/bans')).toEqual({ status: 200, body: { bans: [ban] } })
  expect(await call('DELETE', '/lobby/bans/ada')).toMatchObject({ status: 204 })
  expect(await call('DELETE', '/lobby/bans/ada')).toMatchObject({ status: 404 })
  expect(await call('POST', '/lobby/kick', { user_id: 'ada' })).toMatchObject({ status: 204 })
})

it.each([
  ['POST', '', { id: 'lobby' }, 409, /there is a room lobby already/],
  ['PATCH', '/lobby', {}, 409, /declared in the configuration/],
  ['DELETE', '/lobby', undefined, 409, /declared in the configuration/],
  ['POST', '', { id: 'a b' }, 400, /^id:/],
  ['POST', '', {}, 422, /^id:/],
  ['POST', '', { id: 'x', maxUsers: 1 }, 422, /maxUsers/],
  ['POST', '', { id: 'x', max_users: 0 }, 422, /^max_users:/],
  ['POST', '', '{"id":"x","metadata":{"__proto__":{}}}', 400, /__proto__/],
  ['POST', '', { id: 'x', metadata: [] }, 422, /^metadata: expected an object/],
  ['POST', '', '{', 400, /not JSON/],
  ['POST', '/lobby/kick', {}, 422, /^user_id:/],
  ['PUT', '/lobby/bans/ada', { duration_ms: -1 }, 422, /^duration_ms:/],
])('refuses %s %s with %j', async (method, path, body, status, message) => {
  const call = await setUp()
  const refused = await call(method, path, body)
  expect(refused).toMatchObject({
    status,
    body: { error: { message: expect.stringMatching(message) } },
  })
})

it('is for the server alone', async () => {
  const call = await setUp()
  for (const path of ['', '/lobby', '/lobby/bans']) {
    expect(await call('GET', path, undefined, 'wrong')).toMatchObject({ status: 401 })
  }
  expect(await call('POST', '', { id: 'x' }, 'wrong')).toMatchObject({ status: 401 })
})
