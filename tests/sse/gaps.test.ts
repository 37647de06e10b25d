import { get, type IncomingMessage } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { RawStream } from './raw-stream.ts'
import { bearer, CHANNELS, publish, startStreamingHub } from './streaming-hub.ts'

const AS_ADA = bearer('ada')

/** Publishes so many events to a channel and returns the epoch of its log. */
async function fill(url: string, channel: string, count: number): Promise<string> {
  for (let number = 1; number <= count; number += 1) await publish(url, channel, number)
  const stream = await RawStream.open(`${url}/events?channels=${channel}`, AS_ADA)
  const { id = '' } = await stream.next('connection')
  stream.close()
  return id.slice(0, id.indexOf(':'))
}

it.each([
  ['nonsense', 'unknown_epoch'],
  ['another:2', 'unknown_epoch'],
  ['<epoch>:2,<epoch>:2', 'unknown_epoch'],
  ['<epoch>:99', 'unknown_epoch'],
  ['<epoch>:1', 'trimmed'],
])('tells whoever comes back with %s of a gap, with the reason %s', async (given, reason) => {
  const { url } = await startStreamingHub()
  const epoch = await fill(url, 'short:1', 6)
  const lastEventId = given.replaceAll('<epoch>', epoch)
  const address = `${url}/events?channels=short:1`
  const stream = await RawStream.open(address, { ...AS_ADA, 'Last-Event-ID': lastEventId })
  const { id, data } = await stream.next('gap')
  const isPosition = /^[\w-]+:\d+$/.test(lastEventId)
  expect(JSON.parse(data)).toEqual({
    channel: 'short:1',
    after: isPosition ? lastEventId : null,
    next: `${epoch}:7`,
    reason,
  })
  await publish(url, 'short:1', 'live')
  expect(JSON.parse((await stream.next('event')).data)).toMatchObject({ payload: 'live' })

  // The gap itself is a place to come back to.
  const again = await RawStream.open(address, { ...AS_ADA, 'Last-Event-ID': id ?? '' })
  expect(JSON.parse((await again.next('event')).data)).toMatchObject({ payload: 'live' })
  expect(again.blocks.map(({ event }) => event)).toEqual(['connection', 'event'])
})

it('tells of a gap where more was missed than one may catch up on', async () => {
  const { url } = await startStreamingHub({ limits: { recoveredEvents: 2 } })
  const epoch = await fill(url, 'room:1', 4)
  const open = (offset: number): Promise<RawStream> =>
    RawStream.open(`${url}/events?channels=room:1&since=${epoch}:${offset}`, AS_ADA)
  expect(JSON.parse((await (await open(1)).next('gap')).data).reason).toBe('too_many')
  const other = await open(2)
  await other.next('event', 1)
  expect(other.blocks.map(({ event }) => event)).toEqual(['connection', 'event', 'event'])
})

it('tells of a gap on the one channel that has it, and resumes the other', async () => {
  const { url } = await startStreamingHub()
  const epochs = [await fill(url, 'short:1', 9), await fill(url, 'room:1', 9)]
  const since = epochs.map((epoch) => `${epoch}:7`).join(',')
  const whole = await RawStream.open(`${url}/events?channels=short:1,room:1&since=${since}`, AS_ADA)
  await whole.next('event', 3)
  expect(whole.blocks.filter(({ event }) => event === 'gap')).toEqual([])
  const early = epochs.map((epoch) => `${epoch}:5`).join(',')
  const torn = await RawStream.open(`${url}/events?channels=short:1,room:1&since=${early}`, AS_ADA)
  await torn.next('event', 3)
  const { data } = await torn.next('gap')
  expect(JSON.parse(data)).toMatchObject({ channel: 'short:1', reason: 'trimmed' })
  expect(torn.blocks.at(-1)?.id).toBe(`${epochs[0]}:9,${epochs[1]}:9`)
})

it('lets one who stopped reading for a while catch up, once and in order', async () => {
  const channels = { ...CHANNELS, 'long:*': { history: { size: 1_000 } } }
  const { hub, url } = await startStreamingHub({ channels, limits: { sendTimeoutMs: 60_000 } })
  const response = await new Promise<IncomingMessage>((resolve) => {
    const request = get(`${url}/events?channels=long:1`, { headers: AS_ADA }, resolve)
    onTestFinished(() => void request.destroy())
  })
  const COUNT = 300
  const filler = 'x'.repeat(50_000)
  for (let number = 1; number <= COUNT; number += 1) {
    await publish(url, 'long:1', { number, filler })
  }
  const listed = hub.connections.list()
  expect(listed).toMatchObject({ ok: true, value: [{ transport: 'sse', isSlow: true }] })
  expect(hub.figures().queuedBytes).toBeLessThan(2_000_000)

  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    text += chunk
    if (text.endsWith('\n\n') && text.slice(-100_000).includes(`"number":${COUNT},`)) break
  }
  const numbers = text.matchAll(/^id: [\w-]+:(\d+)\nevent: event\ndata: .*?"number":(\d+),/gm)
  const expected = Array.from({ length: COUNT }, (_, index) => `${index + 1}`)
  expect([...numbers].map(([, offset, number]) => [offset, number])).toEqual(
    expected.map((number) => [number, number]),
  )
})
