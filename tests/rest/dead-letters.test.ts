import type { JsonValue } from '@coterie/protocol'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const asServer = { as: SERVER_KEY }

function publish(url: string, payloads: readonly JsonValue[]): Promise<void> {
  return publishTexts(
    url,
    payloads.map((payload) => JSON.stringify(payload)),
  )
}

async function publishTexts(url: string, payloads: readonly string[]): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/realtime/ws`, {
    headers: { authorization: 'Bearer ada' },
  })
  onTestFinished(() => socket.terminate())
  const replied = new Promise<void>((resolve) => {
    let replies = 0
    socket.on('message', (data) => {
      if (JSON.parse(String(data)).type !== 'reply') return
      replies += 1
      if (replies === payloads.length + 1) resolve()
    })
  })
  socket.on('open', () => {
    socket.send('{"type":"subscribe","id":"s","channel":"room:1"}')
    for (const [n, payload] of payloads.entries()) {
      const head = `"type":"publish","id":"p${n}","channel":"room:1","event":"say"`
      socket.send(`{${head},"payload":${payload}}`)
    }
  })
  await replied
}

it('shows what triggers gave up, runs it again and forgets it', async () => {
  const { hub, call } = await startRestHub()
  let isTaken = false
  const handled: JsonValue[] = []
  const remove = hub.trigger(
    'room:*',
    'say',
    ({ input }) => {
      if (!isTaken) throw new Error('the archive is closed')
      handled.push(input)
    },
    { durable: 'archive', attempts: 1 },
  )
  await publish(await hub.listen({ port: 0 }), ['a', 'b', 'c'])
  const list = (query = '') => call('GET', `dead-letters?${query}`, asServer)
  await expect.poll(async () => (await list()).body).toHaveLength(3)
  const { body } = await list('trigger=archive&limit=2')
  expect(body).toMatchObject([{ payload: 'c' }, { payload: 'b' }])
  expect(body[0]).toEqual({
    id: expect.any(Number),
    trigger: 'archive',
    channel: 'room:1',
    event: 'say',
    payload: 'c',
    from: { user_id: 'ada', connection_id: expect.any(String) },
    event_id: expect.any(String),
    timestamp: expect.stringMatching(/Z$/),
    position: expect.stringMatching(/:3$/),
    attempts: 1,
    error: 'the archive is closed',
    first_tried_at: expect.stringMatching(/Z$/),
    failed_at: expect.stringMatching(/Z$/),
  })
  const page = await list('limit=2')
  expect(page.headers.get('link')).toBe(`<?limit=2&before=${body[1].id}>; rel="next"`)
  expect((await list(`before=${body[1].id}`)).body).toMatchObject([{ payload: 'a' }])
  expect((await list('trigger=other')).body).toEqual([])

  const replay = (id: number | string) => call('POST', `dead-letters/${id}/replay`, asServer)
  expect(await replay(body[0].id)).toMatchObject({
    status: 200,
    body: { status: 'dead', attempts: 2 },
  })
  isTaken = true
  expect(await replay(body[0].id)).toMatchObject({ status: 200, body: { status: 'handled' } })
  expect(handled).toEqual(['c'])
  expect((await replay(body[0].id)).status).toBe(404)
  const path = `dead-letters/${body[1].id}`
  expect((await call('DELETE', path, asServer)).status).toBe(204)
  expect((await call('DELETE', path, asServer)).status).toBe(404)
  const left = (await list()).body
  expect(left).toMatchObject([{ payload: 'a' }])
  remove()
  expect((await replay(left[0].id)).status).toBe(409)
  expect(await replay('first')).toMatchObject({ status: 400, body: { error: { details: {} } } })
})

it.each([
  ['GET', 'dead-letters'],
  ['POST', 'dead-letters/1/replay'],
  ['DELETE', 'dead-letters/1'],
])('keeps %s %s to the application', async (method, path) => {
  const { call } = await startRestHub()
  expect((await call(method, path, { as: 'ada' })).status).toBe(403)
  expect((await call(method, path)).status).toBe(401)
})

it('shows the payload of what triggers gave up to the digit', async () => {
  const { hub, call } = await startRestHub()
  hub.trigger('room:*', 'say', () => Promise.reject(new Error('closed')), {
    durable: 'archive',
    attempts: 1,
  })
  const payload = '{"id": 9007199254740993}'
  await publishTexts(await hub.listen({ port: 0 }), [payload])
  await expect.poll(async () => (await call('GET', 'dead-letters', asServer)).body).toHaveLength(1)
  const headers = { authorization: `Bearer ${SERVER_KEY}` }
  const listed = await hub.fetch(new Request('http://hub/api/realtime/dead-letters', { headers }))
  expect(await listed.text()).toContain(`"payload":${payload},`)
})
