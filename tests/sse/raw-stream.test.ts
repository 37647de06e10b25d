import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { RawStream } from './raw-stream.ts'
import { bearer, publish, startStreamingHub } from './streaming-hub.ts'

const AS_ADA = bearer('ada')

it('begins with the wait before a reconnect and with the connection, byte for byte', async () => {
  const { url } = await startStreamingHub()
  const stream = await RawStream.open(`${url}/events?channels=room:1,plain:1`, AS_ADA)
  await stream.next('connection')
  expect(stream.text).toMatch(
    /^retry: 3000\n\nid: [\w-]+:0,-\nevent: connection\ndata: \{"connection_id":"[^\n]+\}\n\n$/,
  )
  expect(JSON.parse(stream.blocks[0]?.data ?? '')).toMatchObject({
    connection_id: expect.any(String),
    session: expect.any(String),
    user_id: 'ada',
    protocol: 1,
  })
})

it('says in its headers that it is a stream which nothing on the way may keep back', async () => {
  const { url } = await startStreamingHub()
  const { response } = await RawStream.open(`${url}/events?channels=room:1`, AS_ADA)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('cache-control')).toMatch(/^no-cache\b/)
  expect(response.headers.get('x-accel-buffering')).toBe('no')
})

it('speaks HTTP/1.0 with those who do, without chunks', async () => {
  const { url } = await startStreamingHub()
  const { port, pathname } = new URL(`${url}/events`)
  const socket = connect(Number(port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(`GET ${pathname}?channels=room:1 HTTP/1.0\r\nAuthorization: Bearer ada\r\n\r\n`)
  let text = ''
  for await (const bytes of socket) {
    text += String(bytes)
    if (text.includes('event: connection')) break
  }
  const [head = '', body] = text.split('\r\n\r\n')
  expect(head).not.toMatch(/^transfer-encoding/im)
  expect(body).toMatch(/^retry: 3000\n\nid: /)
})

it('keeps the stream alive with comments', async () => {
  const { url } = await startStreamingHub({ heartbeat: { intervalMs: 160 } })
  const stream = await RawStream.open(`${url}/events?channels=room:1`, AS_ADA)
  await stream.until(({ text }) => text.split('\n\n').filter(isKeepalive).length >= 2)
})

function isKeepalive(block: string): boolean {
  return block === ': keepalive'
}

it('gives every event the positions of all channels, in the order of the query', async () => {
  const { url } = await startStreamingHub()
  const channels = ['room:b', 'plain:1', 'room:a']
  const stream = await RawStream.open(`${url}/events?channels=${channels}`, AS_ADA)
  const { id = '' } = await stream.next('connection')
  expect(id).toMatch(/^[\w-]+:0,-,[\w-]+:0$/)
  const [b, , a] = id.split(',').map((position) => position.split(':')[0])
  const published = ['room:a', 'room:b', 'plain:1', 'room:b']
  for (const channel of published) await publish(url, channel, null)
  await stream.next('event', published.length - 1)
  const events = stream.blocks.filter(({ event }) => event === 'event')
  expect(events.map((event) => [JSON.parse(event.data).channel, event.id])).toEqual([
    ['room:a', `${b}:0,-,${a}:1`],
    ['room:b', `${b}:1,-,${a}:1`],
    ['plain:1', `${b}:1,-,${a}:1`],
    ['room:b', `${b}:2,-,${a}:1`],
  ])
})

it.each(['Last-Event-ID', 'since'])(
  'resumes two channels by %s with what was missed and nothing else',
  async (way) => {
    const { url } = await startStreamingHub()
    const address = `${url}/events?channels=room:1,room:2`
    const first = await RawStream.open(address, AS_ADA)
    const { id = '' } = await first.next('connection')
    for (const channel of ['room:1', 'room:2', 'room:1']) await publish(url, channel, channel)
    const again =
      way === 'since'
        ? await RawStream.open(`${address}&since=${encodeURIComponent(id)}`, AS_ADA)
        : await RawStream.open(address, { ...AS_ADA, 'Last-Event-ID': id })
    await publish(url, 'room:2', 'live')
    await again.next('event', 3)
    expect((await again.next('connection')).id).toBe(id)
    const payloads = again.blocks
      .filter(({ event }) => event === 'event')
      .map(({ data }) => JSON.parse(data))
    const of = (channel: string): unknown[] =>
      payloads.filter((each) => each.channel === channel).map(({ payload }) => payload)
    expect(of('room:1')).toEqual(['room:1', 'room:1'])
    expect(of('room:2')).toEqual(['room:2', 'live'])
    expect(again.blocks.at(-1)?.id).toMatch(/:2,[\w-]+:2$/)
  },
)

it('keeps one event one, though its sender put line ends between the JSON tokens', async () => {
  const { url } = await startStreamingHub()
  const stream = await RawStream.open(`${url}/events?channels=room:1`, AS_ADA)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: AS_ADA })
  onTestFinished(() => socket.terminate())
  const name = 'e\r\ndata: {}\n\nevent: forged'
  const messageId = 'm\r\rid: forged\n\n'
  const quoted = [name, messageId].map((text) => JSON.stringify(text))
  socket.on('open', () => {
    socket.send('{"type":"subscribe","channel":"room:1"}')
    socket.send(
      `{"type":"publish","channel":"room:1","event":${quoted[0]},"message_id":${quoted[1]},"payload":{\r\n\r\n"a"\r:\n1,\n\n"b":[\r2\r\r]}}`,
    )
  })
  await publish(url, 'room:1', 'before')
  await stream.next('event', 1)
  await publish(url, 'room:1', 'after')
  await stream.next('event', 2)
  const events = stream.blocks.filter(({ event }) => event !== 'connection')
  expect(events.map(({ event }) => event)).toEqual(['event', 'event', 'event'])
  const forged = events.map(({ data }) => JSON.parse(data)).find(({ from }) => from !== null)
  expect(forged).toMatchObject({ event: name, id: messageId, payload: { a: 1, b: [2] } })
  expect(stream.text).not.toContain('\r')
  expect(stream.blocks.every(({ id }) => /^[\w-]+:\d+$/.test(id ?? ''))).toBe(true)
})
