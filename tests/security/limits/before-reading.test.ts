import { createTestHub } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { type AttackedServer, expectServes, startAttacked } from './attacked-server.ts'
import { TcpAttacker } from './tcp-attacker.ts'

const MEBIBYTE = 1_048_576
/** Not JSON after the first member: parsing it would close the connection with 1007. */
const UNREADABLE = `{"type":"publish","channel":"room:1",${','.repeat(60_000)}`

async function openStream({ url }: AttackedServer) {
  const response = await fetch(`${url}/events?channels=room:1`, {
    headers: { authorization: 'Bearer eve' },
  })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  const until = async (part: string): Promise<void> => {
    while (!text.includes(part)) {
      const { value, done } = await reader.read()
      if (done) throw new Error(`the stream ended after ${text}`)
      text += Buffer.from(value).toString()
    }
  }
  await until('"session":')
  return { session: /"session":"([^"]+)"/.exec(text)?.[1] ?? '', until }
}

const post = (url: string, session: string, body: string): Promise<Response> =>
  fetch(`${url}/frames`, {
    method: 'POST',
    headers: { authorization: `Session ${session}`, 'content-type': 'application/json' },
    body,
  })

describe('POST /frames', () => {
  it.each([
    ['an invented session', 'Session c_1.invented', 404],
    ['a token', 'Bearer eve', 401],
  ])('answers %s before the body has come', async (_, authorization, status) => {
    const server = await startAttacked()
    for (const length of [`Content-Length: ${MEBIBYTE}`, 'Transfer-Encoding: chunked']) {
      const eve = await TcpAttacker.connect(server.port)
      const head = [
        'POST /api/realtime/frames HTTP/1.1',
        'Host: x',
        `Authorization: ${authorization}`,
      ]
      eve.write([...head, 'Content-Type: application/json', length, '', ''].join('\r\n'))
      await eve.until(() => eve.text.includes('\r\n\r\n'))
      expect(eve.text).toMatch(`HTTP/1.1 ${status}`)
    }
  })

  it('counts wrong sessions as wrong tokens, and takes a right one all the same', async () => {
    const server = await startAttacked({ limits: { failedAuthsPerMinute: 3 } })
    const { session } = await openStream(server)
    const invented = async () => (await post(server.url, `${session}x`, '[]')).status
    expect([await invented(), await invented()]).toEqual([404, 404])
    const headers = { authorization: 'Session c_1.invented' }
    expect((await fetch(`${server.url}/notifications`, { headers })).status).toBe(401)
    expect((await fetch(`${server.url}/notifications`, { headers })).status).toBe(429)
    expect(await invented()).toBe(429)
    expect(server.hub.figures().refused.failedAuths).toBe(2)
    expect((await post(server.url, session, '[]')).status).toBe(200)
  })

  it('ends a stream whose owner sends bodies of no use without end', async () => {
    const server = await startAttacked()
    const { session, until } = await openStream(server)
    const body = `[${','.repeat(MEBIBYTE - 2)}]`
    // 64 refusals each, of which there are 1,000 at once and ten a second.
    let count = 0
    for (let status = 400; status === 400; count += 1) {
      status = (await post(server.url, session, body)).status
    }
    expect(count).toBeLessThan(40)
    await until('"code":4029')
    await expectServes(server)
  })
})

describe('a frame of an unauthenticated client', () => {
  it('is not read, but for auth and ping', async () => {
    const { connect } = await createTestHub()
    const eve = await connect(undefined)
    eve.sendText(UNREADABLE)
    await eve.sees('error', { code: 'unauthorized' })
    expect(eve.closed).toBeUndefined()
    expect(await eve.request({ type: 'auth', token: 'eve' })).toMatchObject({ user_id: 'eve' })
  })

  it.each(['auth', 'ping'])('is not read where it is a long %s', async (type) => {
    const { connect } = await createTestHub()
    const eve = await connect(undefined)
    eve.sendText(`{"type":"${type}","id":"1",${','.repeat(20_000)}`)
    await eve.sees('error', { id: '1', code: 'unauthorized' })
    expect(eve.closed).toBeUndefined()
  })

  it('is read only while there are few bytes of it', async () => {
    const { connect, hub } = await createTestHub()
    const eve = await connect(undefined)
    const ping = `{"type":"ping","rest":"${'x'.repeat(16_000)}","id":"last"}`
    for (let n = 0; n < 20; n += 1) eve.sendText(ping)
    await eve.sees('error', { id: 'last', code: 'rate_limited' })
    expect(eve.frames.filter(({ type }) => type === 'pong').length).toBe(8)
    expect(hub.figures().refused.bytes).toBe(12)
    expect(await eve.request({ type: 'auth', token: 'eve' })).toMatchObject({ user_id: 'eve' })
  })

  it('is held unread behind an auth frame, and never read where that is refused', async () => {
    const { connect } = await createTestHub()
    const eve = await connect(undefined)
    eve.send({ type: 'auth', token: 'wrong', id: '1' })
    eve.sendText(UNREADABLE)
    await eve.sees('error', { id: '1', code: 'unauthorized' })
    await eve.sees('error', { message: 'send auth first' })
    expect(eve.closed).toBeUndefined()
  })
})

it('reads no frame that is refused for its rate, and answers its id', async () => {
  const { ada, clock, hub } = await createTestHub({ users: ['ada'] })
  for (let n = 0; n < 100; n += 1) ada.send({ type: 'ping' })
  ada.sendText(`{"type":"publish","id":"first",${','.repeat(60_000)}`)
  ada.sendText(`{"type":"publish",${','.repeat(60_000)},"id":"last"}`)
  await ada.sees('error', { id: 'first', code: 'rate_limited' })
  await ada.sees('error', { id: 'last', code: 'rate_limited' })
  expect(hub.figures().refused.frames).toBe(2)
  await clock.advance(1_000)
  ada.sendText(UNREADABLE)
  expect((await ada.end()).code).toBe(1007)
})
