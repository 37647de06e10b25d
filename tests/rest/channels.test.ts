import { createHub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { checked } from './checked-fetch.ts'

const SERVER = 'a key of the server'

async function setUp() {
  const hub = createHub({
    apiKeys: [SERVER],
    authenticator: nameAuthenticator,
    channels: {
      'board:*': { state: true, history: { size: 10, ttlMs: 60_000 } },
      'staff:*': { subscribe: 'granted', state: true, history: true },
      'room:*': { history: true },
      plain: {},
    },
  })
  await hub.start()
  onTestFinished(() => hub.close())
  const fetch = await checked(hub)
  const get = async (path: string, bearer?: string) => {
    const headers = bearer === undefined ? undefined : { authorization: `Bearer ${bearer}` }
    const request = new Request(`http://hub/api/realtime/channels${path}`, {
      ...(headers && { headers }),
    })
    const response = await fetch(request)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return { hub, get }
}

it('tells the server and who may subscribe what a channel is', async () => {
  const { hub, get } = await setUp()
  await hub.publish('board:1', 'message', 'hello')
  for (const bearer of [SERVER, 'ada']) {
    expect(await get('/board:1', bearer)).toEqual({
      status: 200,
      body: {
        channel: 'board:1',
        connections: 0,
        users: 0,
        position: expect.stringMatching(/:1$/),
        history: { size: 10, ttl_ms: 60_000 },
      },
    })
  }
  expect(await get('/plain', 'ada')).toMatchObject({ body: { position: null, history: null } })
})

it('reads a log page by page', async () => {
  const { hub, get } = await setUp()
  for (const text of ['a', 'b', 'c']) await hub.publish('board:1', 'message', text)
  const first = await get('/board:1/history?limit=2', 'ada')
  expect(first.body).toMatchObject({ events: [{ payload: 'a' }, { payload: 'b' }] })
  const [, last] = first.body.events as { position: string }[]
  const since = encodeURIComponent(String(last?.position))
  const second = await get(`/board:1/history?limit=2&since=${since}`, 'ada')
  expect(second.body).toMatchObject({ events: [{ payload: 'c' }] })
  expect(await get('/board:1/history?reverse=true&limit=1', SERVER)).toMatchObject({
    body: { events: [{ payload: 'c' }] },
  })
  expect(await get('/board:1/history?since=nothing:1', 'ada')).toMatchObject({
    status: 404,
    body: { error: { code: 'not_found', details: { reason: 'unknown_epoch' } } },
  })
  expect(await get('/board:1/history?limit=0', 'ada')).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_payload' } },
  })
})

it('reads shared state', async () => {
  const { hub, get } = await setUp()
  expect(await get('/board:1/state', 'ada')).toEqual({
    status: 200,
    body: { version: 0, value: {} },
  })
  await hub.state.change('board:1', { set: { 'a "quoted" key': [1] } })
  expect(await get('/board:1/state', SERVER)).toEqual({
    status: 200,
    body: { version: 1, value: { 'a "quoted" key': [1] } },
  })
  expect(await get('/plain/state', SERVER)).toMatchObject({
    status: 403,
    body: { error: { code: 'forbidden', message: 'plain keeps no shared state' } },
  })
})

it('tells how far each user has read', async () => {
  const { hub, get } = await setUp()
  expect(await get('/board:1/reads', 'ada')).toEqual({ status: 200, body: { reads: [] } })
  await hub.publish('room:1', 'message', 'hello', { messageId: 'm1' })
  await hub.ephemeral.publishReadReceipt('1', 'bob', 'm1')
  for (const bearer of [SERVER, 'ada']) {
    expect((await get('/room:1/reads', bearer)).body).toEqual({
      reads: [
        {
          user_id: 'bob',
          event_id: 'm1',
          position: expect.stringMatching(/:1$/),
          read_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
      ],
    })
  }
})

it.each(['', '/staff:1', '/staff:1/history', '/staff:1/state', '/staff:1/reads'])(
  'refuses "%s" to strangers',
  async (path) => {
    const { get } = await setUp()
    expect(await get(path)).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
    })
    expect(await get(path, 'wrong')).toMatchObject({ status: 401 })
    if (path === '') expect(await get(path, 'ada')).toEqual({ status: 200, body: { channels: [] } })
    else expect(await get(path, 'ada')).toMatchObject({ status: 403 })
    expect(await get(path, SERVER)).toMatchObject({ status: 200 })
  },
)

it('names what is wrong with a channel', async () => {
  const { get } = await setUp()
  expect(await get('/none:1/state', SERVER)).toMatchObject({
    status: 404,
    body: { error: { code: 'unknown_channel' } },
  })
  expect(await get('/board:*/state', SERVER)).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_channel' } },
  })
})

it('reads who is present page by page, in one order', async () => {
  const { hub, get } = await setUp()
  expect(await get('/plain/presence', SERVER)).toMatchObject({ status: 403 })
  hub.createChannel('people')
  for (const name of ['cleo', 'ada', 'bob']) hub.join('people', name)
  await expect.poll(async () => (await get('/people/presence', SERVER)).body.count).toBe(3)
  const first = await get('/people/presence?limit=2', 'ada')
  expect(first).toMatchObject({
    status: 200,
    body: { users: [{ user_id: 'ada' }, { user_id: 'bob' }], count: 3, next: 'bob' },
  })
  expect(await get('/people/presence?limit=2&after=bob', 'ada')).toMatchObject({
    body: { users: [{ user_id: 'cleo' }], count: 3, next: null },
  })
  expect(await get('/people/presence?limit=0', 'ada')).toMatchObject({ status: 400 })
  expect(await get('/people/presence')).toMatchObject({ status: 401 })
})
