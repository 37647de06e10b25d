import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { RawStream } from '../sse/raw-stream.ts'
import { bearer } from '../sse/streaming-hub.ts'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const COUNT = 'notifications/unread-count'
const ORIGIN = 'https://app.example'

it('knows a user by the session of a WebSocket, for as long as it is open', async () => {
  const { hub, call } = await startRestHub()
  const url = `${(await hub.listen({ port: 0 })).replace('http', 'ws')}/api/realtime/ws`
  const socket = new WebSocket(url, { headers: bearer('ada') })
  const session = await new Promise<string>((resolve) => {
    socket.once('message', (data) => resolve(JSON.parse(String(data)).session))
  })
  const headers = { authorization: `Session ${session}` }
  expect(await call('GET', `${COUNT}/ada`, { headers })).toMatchObject({ status: 200, body: 0 })
  expect(await call('GET', `${COUNT}/bob`, { headers })).toMatchObject({ status: 403 })
  expect(await call('GET', 'rooms', { headers })).toMatchObject({ status: 403 })
  const [id] = session.split('.')
  const guessed = { authorization: `Session ${id}.${'A'.repeat(32)}` }
  expect(await call('GET', `${COUNT}/ada`, { headers: guessed })).toMatchObject({ status: 401 })
  const alone = { authorization: `Session ${id}` }
  expect(await call('GET', `${COUNT}/ada`, { headers: alone })).toMatchObject({ status: 401 })
  const up = await call('POST', 'frames', { headers, body: [] })
  expect(up).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  socket.close()
  const status = async () => (await call('GET', `${COUNT}/ada`, { headers })).status
  await expect.poll(status).toBe(401)
})

it('knows nobody by the session of a connection that has not said who it is', async () => {
  const { hub, call } = await startRestHub()
  const stream = await RawStream.open(`${await hub.listen({ port: 0 })}/api/realtime/events`)
  const { session } = JSON.parse((await stream.next('connection')).data) as { session: string }
  const headers = { authorization: `Session ${session}` }
  expect(await call('GET', `${COUNT}/ada`, { headers })).toMatchObject({ status: 401 })
  const frame = { type: 'auth', id: '1', token: 'ada' }
  expect((await call('POST', 'frames', { headers, body: [frame] })).status).toBe(200)
  expect(await call('GET', `${COUNT}/ada`, { headers })).toMatchObject({ status: 200, body: 0 })
})

it('keeps an anonymous user who acts by REST who they are', async () => {
  const { hub, call } = await startRestHub({ anonymous: true })
  const stream = await RawStream.open(`${await hub.listen({ port: 0 })}/api/realtime/events`)
  const { session, user_id: user } = JSON.parse((await stream.next('connection')).data)
  const headers = { authorization: `Session ${session}` }
  expect(user).toMatch(/^anon-/)
  expect(await call('GET', `${COUNT}/${user}`, { headers })).toMatchObject({ status: 200 })
  const frame = { type: 'auth', id: '1', token: 'ada' }
  const answered = await call('POST', 'frames', { headers, body: [frame] })
  expect(answered.body).toMatchObject([{ type: 'error', code: 'forbidden' }])
})

it('knows a user by a cookie from an allowed origin alone', async () => {
  const { call } = await startRestHub({ allowedOrigins: [ORIGIN] })
  const cookie = 'coterie_token=ada'
  const get = (headers: Record<string, string>) => call('GET', `${COUNT}/ada`, { headers })
  expect(await get({ cookie, origin: ORIGIN })).toMatchObject({ status: 200, body: 0 })
  expect(await get({ cookie, 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 200 })
  expect(await get({ cookie, origin: 'https://evil.example' })).toMatchObject({ status: 403 })
  expect(await get({ cookie })).toMatchObject({ status: 403 })
})

it('accepts only one content type from a user who is identified by a cookie', async () => {
  const { call } = await startRestHub({ allowedOrigins: [ORIGIN] })
  const post = (type: string, body: string) =>
    call('POST', 'subscriptions/topic', {
      headers: { cookie: 'coterie_token=ada', origin: ORIGIN, 'content-type': type },
      body,
    })
  expect(await post('text/plain', '{"topic":"room:1"}')).toMatchObject({
    status: 400,
    body: { error: { message: 'Content-Type: expected application/json, got text/plain' } },
  })
  expect(await post('application/json', '{"topic":"room:1"}')).toMatchObject({ status: 201 })
})

it('takes a user token from no page of another origin, where origins are named', async () => {
  const { call } = await startRestHub({ allowedOrigins: [ORIGIN] })
  const from = (origin: string, as: string) =>
    call('GET', `${COUNT}/ada`, { as, headers: { origin } })
  expect(await from(ORIGIN, 'ada')).toMatchObject({ status: 200 })
  expect(await from('https://evil.example', 'ada')).toMatchObject({ status: 403 })
  expect(await from('https://evil.example', SERVER_KEY)).toMatchObject({ status: 200 })
})
