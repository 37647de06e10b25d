import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { ScriptedRequest } from '../scripted/scripted-request.ts'
import { completeEnvironment } from './platform.ts'
import { SseSocket } from './sse-socket.ts'

/** A socket whose requests a test answers. */
async function createSocket(replyTimeoutMs = 10_000) {
  const clock = new FakeClock()
  const requests: ScriptedRequest[] = []
  const socket = new SseSocket(
    'wss://server.test/live/ws?ticket=t',
    replyTimeoutMs,
    completeEnvironment({
      clock,
      fetch: (url, request) => {
        const scripted = new ScriptedRequest(url, request)
        requests.push(scripted)
        return scripted.response
      },
    }),
  )
  const messages: unknown[] = []
  const closings: unknown[] = []
  let signsOfLife = 0
  socket.onmessage = ({ data }) => messages.push(JSON.parse(String(data)))
  socket.onclose = (closing) => closings.push(closing)
  socket.onlife = () => {
    signsOfLife += 1
  }
  await clock.settle()
  const request = (index: number): ScriptedRequest => {
    const found = requests[index]
    if (!found) throw new Error(`the socket made no request ${index}`)
    return found
  }
  /** Lets the server welcome the client. */
  const open = async (): Promise<ScriptedRequest> => {
    request(0).welcome()
    await clock.settle()
    messages.length = 0
    return request(0)
  }
  const life = () => signsOfLife
  return { clock, socket, requests, request, messages, closings, open, life }
}

const ping = (id: number) => JSON.stringify({ type: 'ping', id: `${id}` })

it('asks for the stream beside the WebSocket endpoint', async () => {
  const { request } = await createSocket()
  expect(request(0)).toMatchObject({
    method: 'GET',
    url: 'https://server.test/live/events?ticket=t',
    headers: { accept: 'text/event-stream' },
  })
})

it('makes a frame of each event', async () => {
  const { clock, messages, open, socket } = await createSocket()
  const stream = await open()
  stream.deliver({ type: 'event', channel: 'room:1', payload: '"}' } as { type: string })
  stream.push('event: token_expiring\ndata: {}\n\nevent: ping\ndata: { }\n\n')
  stream.push('event: "odd\ndata: {"a":1}\n\n')
  await clock.settle()
  expect(messages).toEqual([
    { type: 'event', channel: 'room:1', payload: '"}' },
    { type: 'token_expiring' },
    { type: 'ping' },
    { type: '"odd', a: 1 },
  ])
  socket.close(4009)
})

it('makes frames of notifications, as of everything else', async () => {
  const { clock, messages, open } = await createSocket()
  const stream = await open()
  const notification = { type: 'notification', payload: { id: 'n', type: 'mention' } }
  const inbox = { type: 'inbox', unread_count: 1, read: ['n'] }
  stream.deliver(notification)
  stream.deliver(inbox)
  await clock.settle()
  expect(messages).toEqual([notification, inbox])
})

// Its data used to say what frame it is.
it("never takes the application's own event for a frame, whatever is in it", async () => {
  const { clock, messages, open } = await createSocket()
  const stream = await open()
  const forged = '{"type":"unsubscribed","channel":"room:1","code":"c","reason":"r"}'
  stream.push(`event: update\ndata: ${forged}\n\n`)
  await clock.settle()
  expect(messages).toEqual([{ ...JSON.parse(forged), type: 'update' }])
})

it('takes every chunk for a sign of life, comments too', async () => {
  const { clock, open, life, messages } = await createSocket()
  const stream = await open()
  const before = life()
  stream.push(':\n\n')
  await clock.settle()
  expect(life()).toBe(before + 1)
  expect(messages).toEqual([])
})

it('sends frames with the session, and hands their answers over', async () => {
  const { clock, socket, request, messages, open, life } = await createSocket()
  await open()
  const before = life()
  socket.send('{"type":"ping","id":"1","n":12345678901234567890}')
  await clock.settle()
  expect(request(1)).toMatchObject({
    method: 'POST',
    url: 'https://server.test/live/frames',
    headers: { authorization: 'Session s-9', 'content-type': 'application/json' },
  })
  request(1).answer(200, [{ type: 'pong', id: '1' }, { type: 'ping' }])
  await clock.settle()
  expect(messages).toEqual([{ type: 'pong', id: '1' }, { type: 'ping' }])
  expect(life()).toBe(before)
})

it('sends one request at a time: what comes meanwhile goes in the next', async () => {
  const { clock, socket, request, requests, open } = await createSocket()
  await open()
  socket.send(ping(1))
  socket.send(ping(2))
  await clock.settle()
  expect(request(1).frames.map(({ id }) => id)).toEqual(['1', '2'])
  socket.send(ping(3))
  socket.send(ping(4))
  await clock.settle()
  expect(requests).toHaveLength(2)
  request(1).reply()
  await clock.settle()
  expect(request(2).frames.map(({ id }) => id)).toEqual(['3', '4'])
})

it('bounds a batch by frames and by bytes', async () => {
  const { clock, socket, request, requests, open } = await createSocket()
  await open()
  for (let id = 0; id < 60; id += 1) socket.send(ping(id))
  const large = JSON.stringify({ type: 'publish', payload: 'é'.repeat(20_000) })
  socket.send(large)
  socket.send(large)
  for (let index = 1; index <= 3; index += 1) {
    await clock.settle()
    request(index).reply()
  }
  await clock.settle()
  expect(requests.slice(1).map(({ frames }) => frames.length)).toEqual([50, 11, 1])
  for (const { bytes } of requests) expect(bytes).toBeLessThan(65_536)
})

it('sends a frame that is larger than a batch alone', async () => {
  const { clock, socket, request, open } = await createSocket()
  await open()
  socket.send(JSON.stringify({ type: 'publish', payload: 'x'.repeat(70_000) }))
  socket.send(ping(1))
  await clock.settle()
  expect(request(1).frames).toHaveLength(1)
})

it('waits for the session before it sends', async () => {
  const { clock, socket, requests, open } = await createSocket()
  socket.send(ping(1))
  await clock.settle()
  expect(requests).toHaveLength(1)
  await open()
  expect(requests).toHaveLength(2)
})

it('closes as the last event says', async () => {
  const { clock, closings, messages, open, request } = await createSocket()
  const stream = await open()
  stream.push('event: close\ndata: {"code":1012,"reason":"{\\"retry_ms\\":5}"}\n\n')
  stream.deliver({ type: 'ping' })
  stream.end()
  await clock.settle()
  expect(closings).toEqual([{ code: 1012, reason: '{"retry_ms":5}' }])
  expect(messages).toEqual([])
  expect(request(0).isAborted).toBe(true)
})

it.each(['{}', 'no json'])('closes with 1006 when the last event is %s', async (data) => {
  const { clock, closings, open } = await createSocket()
  const stream = await open()
  stream.push(`event: close\ndata: ${data}\n\n`)
  await clock.settle()
  expect(closings).toEqual([{ code: 1006, reason: '' }])
})

it.each<[string, (request: ScriptedRequest) => void]>([
  ['ends', (request) => request.end()],
  ['breaks', (request) => request.fail()],
])('closes with 1006 when the stream %s', async (_, finish) => {
  const { clock, closings, open } = await createSocket()
  finish(await open())
  await clock.settle()
  expect(closings).toEqual([{ code: 1006, reason: 'the event stream ended' }])
})

it.each<[string, (request: ScriptedRequest) => void]>([
  ['is refused', (request) => request.answer(404, { error: { code: 'not_found' } })],
  ['is answered by something else', (request) => request.answer(200, '<html>')],
  ['breaks', (request) => request.fail()],
])('closes with 1006 and sends nothing more when a batch %s', async (_, finish) => {
  const { clock, socket, closings, request, requests, open } = await createSocket()
  await open()
  socket.send(ping(1))
  await clock.settle()
  socket.send(ping(2))
  finish(request(1))
  await clock.settle()
  expect(closings).toMatchObject([{ code: 1006 }])
  expect(request(0).isAborted).toBe(true)
  expect(requests).toHaveLength(2)
  expect(clock.pendingTimers).toBe(0)
})

it.each([
  [10_000, 15_000],
  [1_000, 1_500],
])('waits longer than for any reply (%i ms), then closes with 1006', async (replyMs, ms) => {
  const { clock, socket, closings, open } = await createSocket(replyMs)
  await open()
  socket.send(ping(1))
  await clock.advance(ms - 1)
  expect(closings).toEqual([])
  await clock.advance(1)
  expect(closings).toEqual([{ code: 1006, reason: `no answer to the frames within ${ms} ms` }])
})

it.each([
  [401, {}, 4501, 'the event stream could not be opened: HTTP 401'],
  [403, {}, 4503, 'the event stream could not be opened: HTTP 403'],
  [404, {}, 1006, 'the event stream could not be opened: HTTP 404'],
  [503, {}, 1013, 'the event stream could not be opened: HTTP 503'],
  [429, { 'retry-after': '7' }, 1013, '{"retry_ms":7000}'],
])('takes HTTP %i for a close', async (status, headers, code, reason) => {
  const { clock, closings, request } = await createSocket()
  request(0).answer(status, '', headers)
  await clock.settle()
  expect(closings).toEqual([{ code, reason }])
})

it('closes with 1006 when there is no network', async () => {
  const { clock, closings, request } = await createSocket()
  request(0).fail()
  await clock.settle()
  expect(closings).toMatchObject([{ code: 1006 }])
})

it('stays until its last words were heard, and says nothing of its end', async () => {
  const { clock, socket, request, closings, open } = await createSocket()
  await open()
  socket.send(ping(1))
  socket.close(1000)
  await clock.settle()
  expect(request(1).frames).toHaveLength(1)
  expect(request(0).isAborted).toBe(false)
  request(1).reply()
  await clock.settle()
  expect(request(0).isAborted).toBe(true)
  expect(closings).toEqual([])
  expect(clock.pendingTimers).toBe(0)
})

it('abandons everything at once when nobody is there', async () => {
  const { clock, socket, request, open } = await createSocket()
  await open()
  socket.send(ping(1))
  await clock.settle()
  socket.close(4009)
  await clock.settle()
  expect([request(0).isAborted, request(1).isAborted]).toEqual([true, true])
  expect(clock.pendingTimers).toBe(0)
})
