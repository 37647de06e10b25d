import { SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { RawStream } from '../../sse/raw-stream.ts'
import { IdentityServer, SERVER_KEY } from './identity-server.ts'
import { RawSocket } from './raw-socket.ts'

const secret = 'a secret for revoked tokens, long enough'
const config = {
  jwtSecret: secret,
  channels: { 'room:*': { history: true, presence: true } },
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

function sign(sub: string, claims: object = {}, agoSeconds = 60): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt(nowSeconds - agoSeconds)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))
}

async function post(server: IdentityServer, path: string, auth: string, body?: unknown) {
  const response = await fetch(`${server.url}/${path}`, {
    method: 'POST',
    headers: { authorization: auth, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

const revoke = async (server: IdentityServer, body: object) =>
  (await post(server, 'revocations', `Bearer ${SERVER_KEY}`, body)).status

it('ends a user everywhere, and nobody else', async () => {
  const server = await IdentityServer.start(config)
  const ada = await sign('ada')
  const socket = new RawSocket(server.socketUrl, bearer(ada))
  const bob = new RawSocket(server.socketUrl, bearer(await sign('bob')))
  const stream = await RawStream.open(`${server.url}/events?channels=room:1`, bearer(ada))
  const { session } = JSON.parse((await stream.next('connection')).data) as { session: string }
  await expect.poll(() => [socket.userId, bob.userId]).toEqual(['ada', 'bob'])
  const { body } = await post(server, 'tickets', `Bearer ${ada}`)
  const ping = [{ type: 'ping', id: '1' }]
  expect((await post(server, 'frames', `Session ${session}`, ping)).status).toBe(200)

  expect(await revoke(server, { user_id: 'ada', reason: 'stolen' })).toBe(204)
  await stream.ended()
  await expect.poll(() => socket.code).toBe(4501)
  expect(socket.reason).toBe('the token was revoked: stolen')
  expect(JSON.parse((await stream.next('close')).data)).toMatchObject({ code: 4501 })

  const again = new RawSocket(server.socketUrl, bearer(ada))
  await expect.poll(() => again.code).toBe(4501)
  const byTicket = new RawSocket(`${server.socketUrl}?ticket=${body.ticket}`)
  await expect.poll(() => byTicket.code).toBe(4501)
  const byFrame = new RawSocket(server.socketUrl)
  await byFrame.send({ type: 'auth', id: '1', token: ada })
  await expect
    .poll(() => byFrame.frames)
    .toContainEqual(expect.objectContaining({ id: '1', code: 'unauthorized' }))
  expect((await post(server, 'frames', `Session ${session}`, ping)).status).toBe(404)
  expect((await post(server, 'tickets', `Bearer ${ada}`)).status).toBe(401)
  const notifications = `${server.url}/notifications`
  for (const authorization of [`Bearer ${ada}`, `Session ${session}`]) {
    expect((await fetch(notifications, { headers: { authorization } })).status).toBe(401)
  }
  const events = await fetch(`${server.url}/events?channels=room:1`, { headers: bearer(ada) })
  expect(events.status).toBe(401)
  expect(bob.code).toBe(0)

  const fresh = new RawSocket(server.socketUrl, bearer(await sign('ada', {}, -2)))
  await expect.poll(() => fresh.userId).toBe('ada')
})

it('outlives the server', async () => {
  const server = await IdentityServer.start(config)
  const token = await sign('ada', { jti: 'lost' })
  expect(await revoke(server, { token_id: 'lost' })).toBe(204)
  await server.kill()
  await server.start()
  const socket = new RawSocket(server.socketUrl, bearer(token))
  await expect.poll(() => socket.code).toBe(4501)
  const other = new RawSocket(server.socketUrl, bearer(await sign('ada', { jti: 'found' })))
  await expect.poll(() => other.userId).toBe('ada')
})

it('ends a stream when its token does, and takes a fresh one before', async () => {
  const server = await IdentityServer.start(config)
  const short = (seconds: number) =>
    new SignJWT({ sub: 'ada' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
      .sign(new TextEncoder().encode(secret))
  const open = async (seconds: number) => {
    const stream = await RawStream.open(`${server.url}/events`, bearer(await short(seconds)))
    const { session } = JSON.parse((await stream.next('connection')).data) as { session: string }
    await stream.next('token_expiring')
    return { stream, session }
  }
  const refreshed = await open(10)
  const auth = [{ type: 'auth', id: '1', token: await sign('ada') }]
  const { body } = await post(server, 'frames', `Session ${refreshed.session}`, auth)
  expect(body).toMatchObject([{ type: 'reply', id: '1', payload: { user_id: 'ada' } }])
  // The one that is not refreshed has the later end.
  const left = await open(8)
  await left.stream.ended()
  expect(JSON.parse((await left.stream.next('close')).data)).toEqual({
    code: 4501,
    reason: 'the token has expired',
  })
  const ping = await post(server, 'frames', `Session ${refreshed.session}`, [{ type: 'ping' }])
  expect(ping.status).toBe(200)
  expect(refreshed.stream.hasEnded).toBe(false)
})

it('says of a server key that it is one, where a user is meant', async () => {
  const server = await IdentityServer.start(config)
  const socket = new RawSocket(server.socketUrl)
  await socket.send({ type: 'auth', id: '1', token: SERVER_KEY })
  const refused = { code: 'unauthorized', message: expect.stringContaining('is a server key') }
  await expect
    .poll(() => socket.frames)
    .toContainEqual(expect.objectContaining({ id: '1', ...refused }))
  const { status, body } = await post(server, 'tickets', `Bearer ${SERVER_KEY}`)
  expect([status, body.error]).toEqual([401, expect.objectContaining(refused)])
  expect(server.log).not.toContain(SERVER_KEY)
})
