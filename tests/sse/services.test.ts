import type { Result } from '@coterie/protocol'
import type { ServerSentEventRequest } from '@coterie/server/services'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { RawStream } from './raw-stream.ts'
import { bearer, publish, startStreamingHub } from './streaming-hub.ts'

const AS_ADA = bearer('ada')

/** A real stream and a real socket at one hub. */
async function openBoth() {
  const { hub, url } = await startStreamingHub({ heartbeat: { intervalMs: 160 } })
  const address = `${url}/events?channels=room:1`
  const stream = await RawStream.open(address, AS_ADA)
  const connection = JSON.parse((await stream.next('connection')).data)
  const socket = await RawSocket.open(`${url.replace('http', 'ws')}/ws`, bearer('bob'))
  const broadcast = (request: ServerSentEventRequest, ...to: object[]): number =>
    unwrap(hub.sse.broadcastEvent(unwrap(hub.sse.createEvent(request)), ...to))
  return { hub, url, address, stream, connection, socket, broadcast }
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw result.error
  return result.value
}

/** A socket whose frames are kept as they came. */
class RawSocket {
  readonly frames: Record<string, unknown>[] = []
  closing: { readonly code: number; readonly reason: string } | undefined
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (bytes) => this.frames.push(JSON.parse(String(bytes))))
    socket.on('close', (code, reason) => {
      this.closing = { code, reason: String(reason) }
    })
  }

  /** Opens a socket for as long as the current test runs. */
  static async open(url: string, headers: Record<string, string>): Promise<RawSocket> {
    const socket = new WebSocket(url, { headers })
    onTestFinished(() => socket.terminate())
    const raw = new RawSocket(socket)
    await raw.next('connection')
    return raw
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame))
  }

  /** Resolves with the first frame of one type. */
  async next(type: string): Promise<Record<string, unknown>> {
    const ofType = () => this.frames.find((frame) => frame.type === type)
    await expect.poll(ofType).toBeDefined()
    return ofType() as Record<string, unknown>
  }
}

it('streams connection and ping, each with its id', async () => {
  const { stream } = await openBoth()
  const { data } = await stream.next('ping')
  expect(Object.keys(JSON.parse(data))).toEqual(['timestamp'])
  expect(stream.text).toMatch(
    /^retry: 3000\n\nid: [\w-]+:0\nevent: connection\ndata: \{"connection_id":".+\}\n\n/,
  )
  expect(stream.text).toMatch(
    /\n\nid: [\w-]+:0\nevent: ping\ndata: \{"timestamp":"\d{4}-[-0-9]+T[:0-9]+\.\d{3}Z"\}\n\n/,
  )
})

it("carries the application's own events, and resumes by their ids", async () => {
  const { address, broadcast, stream, url } = await openBoth()
  await publish(url, 'room:1', 'before')
  await stream.next('event')
  const request = { event: 'update', data: '{"a":1}\nsecond line', retry: 50, comment: 'why' }
  expect(broadcast(request)).toBe(1)
  const { id = '', data } = await stream.next('update')
  expect(data).toBe(request.data)
  expect(stream.text).toContain(
    `\n\nid: ${id}\n: why\nretry: 50\nevent: update\ndata: {"a":1}\ndata: second line\n\n`,
  )
  stream.close()
  await publish(url, 'room:1', 'missed')
  const again = await RawStream.open(address, { ...AS_ADA, 'Last-Event-ID': id })
  expect(JSON.parse((await again.next('event')).data)).toMatchObject({ payload: 'missed' })
  expect(again.text).not.toContain('"before"')
  expect(again.text).not.toContain('event: gap')
})

it('sends an event to the recipients alone, and not to who is excluded', async () => {
  const { address, broadcast, connection, stream } = await openBoth()
  const other = await RawStream.open(address, AS_ADA)
  const { data } = await other.next('connection')
  const [first, second] = [connection.connection_id, JSON.parse(data).connection_id]
  const to = (event: string, recipients: object): number =>
    broadcast({ event, data: '' }, recipients)
  expect(to('one', { recipients: [first] })).toBe(1)
  expect(to('two', { recipients: [first, second], exclude: [first] })).toBe(1)
  expect(to('three', { recipients: [] })).toBe(0)
  expect(to('last', {})).toBe(2)
  await Promise.all([stream.next('last'), other.next('last')])
  const own = ({ blocks }: RawStream) =>
    blocks.map(({ event }) => event).filter((event) => event !== 'connection' && event !== 'ping')
  expect([own(stream), own(other)]).toEqual([
    ['one', 'last'],
    ['two', 'last'],
  ])
})

it('sends messages to socket and stream alike', async () => {
  const { connection, hub, socket, stream } = await openBoth()
  expect(unwrap(hub.webSockets.broadcastMessage('system', { at: 5 }))).toBe(2)
  const frame = await socket.next('message')
  expect(frame).toEqual({ type: 'message', payload: { at: 5 }, id: frame.id, event: 'system' })
  const { data } = await stream.next('message')
  expect({ type: 'message', ...JSON.parse(data) }).toEqual(frame)
  const id = connection.connection_id as string
  const sent = unwrap(hub.webSockets.sendMessage(id, 'text', 'Hello, client!'))
  expect((await stream.next('message', 1)).data).toBe(
    JSON.stringify({ payload: 'Hello, client!', id: sent.id }),
  )
})

it('takes messages from socket and stream alike, and answers them', async () => {
  const { connection, hub, socket, url } = await openBoth()
  hub.onMessage(({ principal, payload, connection: { transport } }) => [
    transport,
    principal.userId,
    payload,
  ])
  const frame = { type: 'message', id: 'm', payload: 'Hello, server!' }
  socket.send(frame)
  expect(await socket.next('reply')).toEqual({
    type: 'reply',
    id: 'm',
    payload: ['websocket', 'bob', 'Hello, server!'],
  })
  const response = await fetch(`${url}/frames`, {
    method: 'POST',
    headers: { authorization: `Session ${connection.session}` },
    body: JSON.stringify([frame]),
  })
  expect(await response.json()).toEqual([
    { type: 'reply', id: 'm', payload: ['sse', 'ada', 'Hello, server!'] },
  ])
})

it('lists socket and stream, and ends both with a reason', async () => {
  const { connection, hub, socket, stream } = await openBoth()
  const listed = unwrap(hub.connections.list())
  expect(listed.map(({ transport, state, userId }) => [transport, state, userId])).toEqual([
    ['sse', 'authenticated', 'ada'],
    ['websocket', 'authenticated', 'bob'],
  ])
  unwrap(hub.connections.disconnect(connection.connection_id as string, 'signed out'))
  expect(unwrap(hub.connections.disconnectUser('bob', 'banned'))).toBe(1)
  await stream.ended()
  expect(stream.text).toMatch(/event: close\ndata: \{"code":4503,"reason":"signed out"\}\n\n$/)
  await expect.poll(() => socket.closing).toEqual({ code: 4503, reason: 'banned' })
  await expect.poll(() => unwrap(hub.connections.list())).toEqual([])
})

// After such an event a browser sends back an id that is not a position, which harms no stream.
it('resumes nothing by the id of an event of a stream without channels, and says so', async () => {
  const { hub, url } = await startStreamingHub()
  const stream = await RawStream.open(`${url}/events`, AS_ADA)
  await stream.next('connection')
  const event = unwrap(hub.sse.createEvent({ event: 'update', data: '1' }))
  hub.sse.broadcastEvent(event)
  expect(await stream.next('update')).toMatchObject({ id: event.id })
  const headers = { ...AS_ADA, 'last-event-id': event.id }
  const again = await RawStream.open(`${url}/events`, headers)
  await again.next('connection')
  await publish(url, 'room:1', 'before')
  const other = await RawStream.open(`${url}/events?channels=room:1,plain:1`, headers)
  expect(JSON.parse((await other.next('gap')).data)).toMatchObject({ channel: 'room:1' })
  await publish(url, 'room:1', 'after')
  expect(JSON.parse((await other.next('event')).data)).toMatchObject({ payload: 'after' })
})
