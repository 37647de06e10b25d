import { expect, it } from 'vitest'
import { RawStream } from '../sse/raw-stream.ts'
import { bearer } from '../sse/streaming-hub.ts'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const asServer = { as: SERVER_KEY }

async function startWithStreams() {
  const { hub, call } = await startRestHub()
  const url = `${await hub.listen({ port: 0 })}/api/realtime/events?channels=room:1`
  const open = async (user: string) => {
    const stream = await RawStream.open(url, bearer(user))
    const { connection_id: id } = JSON.parse((await stream.next('connection')).data)
    return { stream, id: id as string }
  }
  return { call, ada: await open('ada'), bob: await open('bob'), ada2: await open('ada') }
}

it('shows the connections of this node, by user, by channel and by page', async () => {
  const { call, ada, bob, ada2 } = await startWithStreams()
  const { status, body } = await call('GET', 'connections', asServer)
  expect(status).toBe(200)
  const ids = [ada.id, bob.id, ada2.id].sort()
  expect(body.map(({ id }: { id: string }) => id)).toEqual(ids)
  const shown = await call('GET', `connections/${ada.id}`, asServer)
  expect(shown.body).toEqual({
    id: ada.id,
    state: 'authenticated',
    user_id: 'ada',
    transport: 'sse',
    subscriptions: ['room:1'],
    connected_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    queued_bytes: 0,
    is_slow: false,
    behind: 0,
  })
  expect((await call('GET', 'connections?user_id=bob', asServer)).body).toMatchObject([
    { id: bob.id },
  ])
  expect((await call('GET', 'connections?channel=room:2', asServer)).body).toEqual([])
  const first = await call('GET', 'connections?limit=2&channel=room:1', asServer)
  expect(first.body).toHaveLength(2)
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1]
  const second = await call('GET', `connections${next}`, asServer)
  expect(second.body.map(({ id }: { id: string }) => id)).toEqual(ids.slice(2))
  expect(await call('GET', 'connections/nobody', asServer)).toMatchObject({ status: 404 })
})

it('sends messages to one and to all', async () => {
  const { call, ada, bob } = await startWithStreams()
  const hello = { ...asServer, body: { payload: 'Hello, client!' } }
  const sent = await call('POST', `connections/${ada.id}/messages`, hello)
  expect(sent).toMatchObject({ status: 200, body: { id: expect.any(String) } })
  expect(JSON.parse((await ada.stream.next('message')).data)).toMatchObject({
    payload: 'Hello, client!',
    id: sent.body.id,
  })
  const all = { ...asServer, body: { type: 'system', payload: { minutes: 5 } } }
  expect(await call('POST', 'messages/broadcast', all)).toMatchObject({ status: 200, body: 3 })
  expect(JSON.parse((await bob.stream.next('message')).data)).toMatchObject({
    payload: { minutes: 5 },
  })
  expect(await call('POST', 'connections/nobody/messages', hello)).toMatchObject({ status: 404 })
})

it('ends one connection, and all of a user', async () => {
  const { call, ada, bob } = await startWithStreams()
  expect(await call('DELETE', `connections/${bob.id}`, asServer)).toMatchObject({ status: 204 })
  await bob.stream.ended()
  const ended = await call('DELETE', 'users/ada/connections', asServer)
  expect(ended).toMatchObject({ status: 200, body: { disconnected: 2 } })
  await ada.stream.ended()
  const left = async () => (await call('GET', 'connections', asServer)).body
  await expect.poll(left).toEqual([])
  expect((await call('DELETE', 'users/ada/connections', asServer)).body).toEqual({
    disconnected: 0,
  })
  expect(await call('DELETE', `connections/${bob.id}`, asServer)).toMatchObject({ status: 404 })
})
