import { expect, it } from 'vitest'
import { RawStream } from './raw-stream.ts'
import { bearer, startStreamingHub } from './streaming-hub.ts'

async function open(heartbeat: object): Promise<RawStream> {
  const { url } = await startStreamingHub({ heartbeat: { intervalSecs: 0.16, ...heartbeat } })
  const stream = await RawStream.open(`${url}/events`, bearer('ada'))
  await stream.next('ping', 1)
  return stream
}

it('tells streams when to connect again as the hub was told', async () => {
  const { text } = await open({ sseRetryMs: 1_234 })
  expect(text).toMatch(/^retry: 1234\n\n/)
  expect(text).toContain('\n\n: keepalive\n\n')
})

// The comments alone are left out: pings are events, and a stream without either looks dead.
it('sends pings and no comments to streams that want no keepalive', async () => {
  const stream = await open({ sendKeepalive: false })
  await stream.next('ping', 2)
  expect(stream.text).not.toMatch(/^:/m)
  expect(stream.hasEnded).toBe(false)
})
