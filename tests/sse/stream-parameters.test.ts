import { expect, it } from 'vitest'
import { RawStream } from './raw-stream.ts'
import { bearer, startStreamingHub } from './streaming-hub.ts'

const headers = bearer('ada')

it.each([
  'channel=room:1',
  'Channels=room:1',
  'channels[]=room:1',
  'chanels=room:1',
  'chnanels=room:1',
  'topics=room:1',
  'channels=room:1&last_id=x',
  'channels=room:1&last-event=x',
  'channels=room:1&sinse=x',
  'channels=room:1&tickets=x',
  'channels=room:1&token=x',
  'channels=room:1&access_token=x',
])('answers ?%s with what a stream takes', async (query) => {
  const { hub, url } = await startStreamingHub()
  const name = query.replace(/^channels=room:1&/, '').replace(/=.*/, '')
  const response = await fetch(`${url}/events?${query}`, {
    headers,
    signal: AbortSignal.timeout(10_000),
  })
  expect(response.status).toBe(400)
  const known = ['channels', 'since', 'lastEventId', 'ticket']
  expect(await response.json()).toMatchObject({
    error: {
      code: 'invalid_payload',
      message: `${name}: there is no such query parameter; expected ${known.join(', ')}`,
      details: { field: name, known },
    },
  })
  expect((await fetch(`${url}/events?${query}`, { headers, method: 'HEAD' })).status).toBe(400)
  expect(hub.figures().connections).toBe(0)
})

it.each(['_=1', 'v=2', 'cb=1', 'region=eu', 'LastEventID=', 'last-event-id=', 'handler=a', 't=1'])(
  'opens a stream though its address has ?%s',
  async (query) => {
    const { url } = await startStreamingHub()
    const stream = await RawStream.open(`${url}/events?channels=room:1&${query}`, headers)
    await stream.next('connection')
  },
)

it('hears all channels where they are listed one by one', async () => {
  const { hub, url } = await startStreamingHub()
  const stream = await RawStream.open(`${url}/events?channels=room:1&channels=room:2`, headers)
  await stream.next('connection')
  for (const [seen, channel] of ['room:1', 'room:2'].entries()) {
    await hub.publish(channel, 'said', channel)
    expect(JSON.parse((await stream.next('event', seen)).data)).toMatchObject({ channel })
  }
})
