import { beforeEach, describe, expect, it } from 'vitest'
import { RawStream } from '../sse/raw-stream.ts'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import { readStrictly } from './strict-event-stream.ts'
import type { WayIn } from './way-in.ts'

let attacked: AttackedHub
let stream: RawStream
let eve: WayIn

beforeEach(async () => {
  attacked = await AttackedHub.start({
    channels: { 'room:*': { history: true, presence: true, state: true } },
  })
  const headers = { authorization: `Bearer ${attacked.tokenOf('ada')}` }
  stream = await RawStream.open(`${attacked.url}/events?channels=room:1`, headers)
  const { data } = await stream.next('connection')
  await fetch(`${attacked.url}/frames`, {
    method: 'POST',
    headers: { authorization: `Session ${JSON.parse(data).session}` },
    body: '[{"type":"subscribe","channel":"room:1","presence":"follow","state":true}]',
  })
  eve = await openSocket(attacked, attacked.tokenOf('eve'))
  await eve.ask({ type: 'subscribe', channel: 'room:1', presence: true })
  return () => stillServes(attacked)
})

const BREAKS = ['\n', '\r', '\r\n', '\0', '\u2028', '\u2029', '\u0085', '\u000b', '\ufeff']
const HOSTILE = BREAKS.map(
  (mark) => `x${mark}${mark}event: evil${mark}data: "evil"${mark}${mark}id: 9`,
)

const KNOWN = /^(connection|event|presence|state|ephemeral|inbox|notification|message|own)$/

/** Reads all that came once what was sent last has come, and sees to it that nothing is evil. */
async function readAll(): Promise<ReturnType<typeof readStrictly>> {
  await attacked.publish('room:1', 'the end')
  await stream.until(({ text }) => text.includes('the end'))
  const events = readStrictly(stream.text)
  for (const { event, id, data } of events) {
    expect(event).toMatch(KNOWN)
    expect(id).toMatch(/^([\w-]+:\d+|-)$/)
    if (event !== 'own') expect(() => JSON.parse(data)).not.toThrow()
  }
  return events
}

describe('on a stream of server-sent events nothing that somebody says becomes a line', () => {
  it.each(HOSTILE)('as a payload, a presence, a state or an id: %j', async (hostile) => {
    for (const frame of [
      { type: 'publish', event: 'e', payload: hostile },
      { type: 'publish', event: 'e', payload: { [hostile]: [hostile] }, message_id: 'm' },
      { type: 'publish', event: 'e', payload: 1, message_id: hostile },
      { type: 'publish', event: hostile, payload: 1 },
      { type: 'publish', event: 'e', payload: 1, volatile: true, key: hostile },
      { type: 'presence', status: 'online', data: { [hostile]: hostile } },
      { type: 'presence', status: hostile },
      { type: 'state', op_id: hostile, set: { [hostile]: hostile } },
      { type: 'state', op_id: 'o', set: { key: hostile } },
      { type: 'read', event_id: hostile },
    ]) {
      await eve.ask({ ...frame, channel: 'room:1' })
    }
    const events = await readAll()
    const payloads = events
      .filter(({ event }) => event === 'event')
      .map(({ data }) => JSON.parse(data).payload)
    expect(payloads).toContainEqual(hostile)
    expect(payloads).toContainEqual({ [hostile]: [hostile] })
  })

  it.each(['\n', '\r', '\r\n', ' \n\n ', '\n\r', '\t\r\n'])(
    'between the tokens of a payload: %j',
    async (space) => {
      const payload = `{${space}"a"${space}:${space}[${space}1${space},${space}"event: evil"${space}]${space}}`
      const body = `{"channel":"room:1","event":"e","payload":${payload}}`
      expect((await attacked.rest('POST', 'publish', { as: SERVER_KEY, body })).status).toBe(200)
      const frame = `[{"type":"publish","id":"1","channel":"room:1","event":"e","payload":${payload}}]`
      const other = await RawStream.open(`${attacked.url}/events?channels=room:1`, {
        authorization: `Bearer ${attacked.tokenOf('eve')}`,
      })
      const { session } = JSON.parse((await other.next('connection')).data)
      const sent = await fetch(`${attacked.url}/frames`, {
        method: 'POST',
        headers: { authorization: `Session ${session}`, 'content-type': 'application/json' },
        body: frame,
      })
      expect(await sent.json()).toMatchObject([{ type: 'reply' }])
      const payloads = (await readAll())
        .filter(({ event }) => event === 'event')
        .map(({ data }) => JSON.parse(data).payload)
      expect(payloads.slice(0, 2)).toEqual(Array(2).fill({ a: [1, 'event: evil'] }))
    },
  )

  it.each(HOSTILE)('as an event of the application: %j', async (hostile) => {
    for (const body of [
      // What is no line end to a reader of streams may stand in a name.
      ...(/[\r\n\0]/.test(hostile) ? [{ event: hostile, data: 'x' }] : []),
      { event: 'own', data: 'x', comment: hostile },
      { event: 'own', data: hostile },
      { event: 'own', data: 'x', retry: hostile },
      { event: 'own', data: 'x', id: hostile },
    ]) {
      for (const path of ['events', 'events/broadcast']) {
        const { status } = await attacked.rest('POST', path, { as: SERVER_KEY, body })
        expect(status).toBeLessThan(500)
      }
    }
    const own = (await readAll()).filter(({ event }) => event === 'own')
    for (const { data } of own) expect(data.replaceAll('\n', '')).toMatch(/^x/)
  })

  it.each(HOSTILE)('as a message or a notification of the application: %j', async (hostile) => {
    for (const [path, body] of [
      ['messages/broadcast', { type: hostile, payload: hostile }],
      ['messages/broadcast', { type: 'm', payload: hostile }],
      ['notifications', { title: hostile, message: hostile, recipients: ['ada'] }],
      [
        'notifications',
        { title: 't', message: '', recipients: ['ada'], metadata: { [hostile]: 1 } },
      ],
    ] as const) {
      const { status } = await attacked.rest('POST', path, { as: SERVER_KEY, body })
      expect(status).toBeLessThan(500)
    }
    await readAll()
  })

  it.each(BREAKS)('as a user id: %j', async (mark) => {
    const name = `mallory${mark}${mark}event: evil`
    const mallory = await openSocket(attacked, attacked.tokenOf(name))
    await mallory.ask({ type: 'subscribe', channel: 'room:1', presence: true })
    await mallory.ask({ type: 'publish', channel: 'room:1', event: 'e', payload: 'of mallory' })
    await mallory.ask({ type: 'typing', channel: 'room:1' })
    const events = await readAll()
    const event = events.find(({ data }) => data.includes('of mallory'))
    expect(JSON.parse(event?.data ?? '{}').from.user_id).toBe(name)
  })

  it.each(['since', 'last-event-id'])('as a position in %s', async (where) => {
    for (const hostile of [
      'a:1%0Aevent:%20evil',
      '%0d%0a%0d%0adata: evil',
      '%00',
      'x'.repeat(500),
    ]) {
      const headers: Record<string, string> = {
        authorization: `Bearer ${attacked.tokenOf('ada')}`,
        ...(where === 'last-event-id' && { 'last-event-id': hostile }),
      }
      const query = where === 'since' ? `&since=${hostile}` : ''
      const opened = await RawStream.open(`${attacked.url}/events?channels=room:1${query}`, headers)
      await opened.next('connection')
      for (const { event, id } of readStrictly(opened.text)) {
        expect(event).toMatch(/^(connection|gap|inbox)$/)
        expect(id).toMatch(/^([\w-]+:\d+|-)$/)
      }
    }
  })
})
