import { expect, it } from 'vitest'
import { judge } from '../simulation/delivery-oracle.ts'
import { Conversation, connectUser } from './client-user.ts'
import { NginxProcess } from './nginx-process.ts'
import { RawStream } from './raw-stream.ts'
import { bearer, publish, startStreamingHub } from './streaming-hub.ts'

const AS_ADA = bearer('ada')

/** A hub, an nginx before it, and the prefix of the hub's paths behind either. */
async function startBehindNginx(options: Parameters<typeof startStreamingHub>[0] = {}) {
  const { hub, url } = await startStreamingHub(options)
  const nginx = await NginxProcess.start(url)
  return { hub, direct: url, nginx, url: `${nginx.url}/api/realtime` }
}

it('passes each event before the next one is published, though it buffers by default', async () => {
  const { url, direct } = await startBehindNginx()
  const stream = await RawStream.open(`${url}/events?channels=room:1`, AS_ADA)
  expect(stream.response.headers.get('server')).toMatch(/^nginx/)
  await stream.next('connection')
  for (const [seen, payload] of [1, 'two', 'x'.repeat(60_000), 4, 5].entries()) {
    await publish(direct, 'room:1', payload)
    expect(JSON.parse((await stream.next('event', seen)).data)).toMatchObject({ payload })
  }
})

it('passes the comments that keep the stream alive', async () => {
  const { url } = await startBehindNginx({ heartbeat: { intervalMs: 160 } })
  const stream = await RawStream.open(`${url}/events?channels=room:1`, AS_ADA)
  await stream.until(({ text }) => text.split('\n: keepalive\n\n').length > 2)
})

it('passes frames upwards, and the news that a reader is gone', async () => {
  const { url } = await startBehindNginx()
  const stream = await RawStream.open(`${url}/events?channels=room:1`, AS_ADA)
  const { session } = JSON.parse((await stream.next('connection')).data) as { session: string }
  const post = (frames: readonly object[]): Promise<Response> =>
    fetch(`${url}/frames`, {
      method: 'POST',
      headers: { authorization: `Session ${session}` },
      body: JSON.stringify(frames),
    })
  const frame = { type: 'publish', id: 'p', channel: 'room:1', event: 'e', payload: 1 }
  const answers = await post([frame, { type: 'unsubscribe', id: 'u', channel: 'room:1' }])
  expect(await answers.json()).toMatchObject([
    { type: 'reply', id: 'p', payload: { duplicate: false } },
    { type: 'reply', id: 'u' },
  ])
  expect(JSON.parse((await stream.next('event')).data)).toMatchObject({ payload: 1 })
  stream.close()
  let { status } = await post([])
  while (status === 200) status = (await post([])).status
  expect(status).toBe(404)
})

it('resumes through it, after it was gone for a while', async () => {
  const { url, direct, nginx } = await startBehindNginx()
  const first = await RawStream.open(`${url}/events?channels=room:1,room:2`, AS_ADA)
  await publish(direct, 'room:2', 0)
  const { id = '' } = await first.next('event')
  await nginx.stop()
  await first.ended()
  for (const payload of [1, 2, 3]) await publish(direct, `room:${1 + (payload % 2)}`, payload)
  await nginx.start()
  const headers = { ...AS_ADA, 'Last-Event-ID': id }
  const again = await RawStream.open(`${url}/events?channels=room:1,room:2`, headers)
  await publish(direct, 'room:1', 4)
  await again.next('event', 3)
  const events = again.blocks.filter(({ event }) => event === 'event')
  const payloads = events.map(({ data }) => JSON.parse(data).payload)
  expect(payloads.filter((payload) => payload % 2 === 0)).toEqual([2, 4])
  expect(payloads.filter((payload) => payload % 2 === 1)).toEqual([1, 3])
})

it('lets the client fall back to SSE, as it forwards no upgrade, and resume across', async () => {
  const { direct, nginx } = await startBehindNginx({
    channels: { 'room:*': { history: { size: 1_000 } } },
  })
  const bob = connectUser(direct, 'bob')
  const ada = connectUser(`${nginx.url}/api/realtime`, 'ada')
  const [bobs, adas] = [bob, ada].map((client) => client.channel('room:1'))
  if (!bobs || !adas) throw new Error('no channels')
  await Promise.all([bobs.subscribe(), adas.subscribe()])
  expect([bob.transport(), ada.transport()]).toEqual(['websocket', 'sse'])

  const conversation = new Conversation()
  conversation.listen(adas)
  const before = conversation.publish(bobs, 'before', 30)
  await conversation.reached(10)
  await nginx.stop()
  await before
  await conversation.publish(bobs, 'meanwhile', 30)
  const own = conversation.publish(adas, 'own', 10)
  await nginx.start()
  await own
  await conversation.publish(bobs, 'after', 10)
  await conversation.reached(80)
  expect(ada.transport()).toBe('sse')
  expect(judge(await conversation.evidence(bobs))).toEqual([])
})
