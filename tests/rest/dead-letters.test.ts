import type { JsonValue } from '@coterie/protocol'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const asServer = { as: SERVER_KEY }

async function publish(url: string, payloads: readonly JsonValue[]): Promise<void> {
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
    const send = (frame: object): void => socket.send(JSON.stringify(frame))
    send({ type: 'subscribe', id: 's', channel: 'room:1' })
    for (const [n, payload] of payloads.entries()) {
      send({ type: 'publish', id: `p${n}`, channel: 'room:1', event: 'say', payload })
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
