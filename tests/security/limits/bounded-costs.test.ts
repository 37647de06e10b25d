import type { ClientFrameType } from '@coterie/protocol'
import { createMemoryEngine, createSqliteStore, type RealtimeHub } from '@coterie/server'
import {
  createTestHub,
  FakeClock,
  SeededRandom,
  type TestUser,
  testPrincipal,
} from '@coterie/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Located, operationsOf, readDocument } from '../../rest/checked-fetch.ts'
import { openRestHub } from '../../rest/rest-hub.ts'
import { Meter, metered } from './metered.ts'

/** What a user may be answered at once, and what that costs: it is read, encoded and sent. */
const ANSWERED_BURST_BYTES = 8 * 1_048_576
const FREE_BYTES = 3 * ANSWERED_BURST_BYTES
/** What each byte may cause to be read, sent and kept. */
const BYTES_PER_BYTE = 64
const EVENTS = 1_000
const ROOMS = ['room:full', 'room:other', 'room:empty', 'room:none']
const CHANNELS = {
  'room:*': {
    history: { size: EVENTS, ttlMs: 3_600_000 },
    presence: true,
    state: { persist: true },
  },
}
const GRANTS = [{ channels: '#', actions: ['*'] as const }]
const NOTIFICATIONS = 300
const REST_USERS = 20
/** Answered by a connection that stays, which has bounds of its own. */
const STREAMS = new Set(['GET /api/realtime/events', 'GET /api/realtime/ws'])

const channel = fc.constantFrom(...ROOMS, 'room:*', '*:*', '#')
const id = fc.constantFrom('1', '2', 'not-there', '018f0000-0000-7000-8000-000000000000')
const position = fc.constantFrom('none:1', '0:0', 'x', undefined)
const segment = fc.constantFrom('a', 'b', 'c')
const part = fc.constantFrom(0, 1, 2)
const small = fc.constantFrom(1, 'text', null, { a: [1] })

/** A frame of each type, as heavy as a client can make it with few bytes. */
const FRAMES: Record<ClientFrameType, fc.Arbitrary<object>> = {
  auth: fc.record({ token: fc.constantFrom('eve', 'wrong') }),
  subscribe: fc.record({
    channel,
    since: position,
    recent: fc.constantFrom(0, 1_000),
    presence: fc.constantFrom(true, 'follow', undefined),
    state: fc.boolean(),
  }),
  unsubscribe: fc.record({ channel }),
  publish: fc.record({
    channel,
    event: fc.constant('e'),
    payload: small,
    message_id: id,
    until_snapshot: fc.boolean(),
  }),
  history: fc.record({ channel, limit: fc.constant(1_000), reverse: fc.boolean() }),
  presence: fc.record({ channel, data: small }),
  state: fc.record({ channel, op_id: id, set: fc.constant({ a: 1 }) }),
  snapshot_read: fc.record({ channel, segment, part }, { requiredKeys: ['channel'] }),
  snapshot_write: fc.record({ channel, segment, part, data: fc.constantFrom('', 'data') }),
  snapshot_commit: fc.record(
    { channel, position, segments: fc.array(segment, { minLength: 1, maxLength: 4 }) },
    { requiredKeys: ['channel', 'position'] },
  ),
  typing: fc.record({ channel, is_typing: fc.boolean() }),
  read: fc.record({ channel, event_id: id }),
  message: fc.record({ payload: small }),
  ack: fc.record({ notifications: fc.array(id, { maxLength: 100 }) }),
  ping: fc.record({}),
}

const anyFrame = fc.oneof(
  ...Object.entries(FRAMES).map(([type, fields]) => fields.map((rest) => ({ type, ...rest }))),
)
/** What one client sends at once: the same over and over, or all kinds of things. */
const burst = fc.oneof(
  fc.tuple(anyFrame, fc.nat(120)).map(([frame, times]) => Array<object>(times).fill(frame)),
  fc.array(anyFrame, { maxLength: 120 }),
)

async function fill(hub: RealtimeHub): Promise<void> {
  const payload = 'x'.repeat(2_000)
  for (const room of ['room:full', 'room:other']) {
    for (let n = 0; n < EVENTS; n += 1) await hub.publish(room, 'e', payload)
    const values = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, payload]))
    await hub.state.change(room, { set: values })
  }
}

/** Waits for what happens in no time, but not in the same tick. */
async function settled<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false
  const finished = work.finally(() => {
    isDone = true
  })
  while (!isDone) await clock.settle()
  return finished
}

async function closed(hub: Pick<RealtimeHub, 'close'>, clock: FakeClock): Promise<void> {
  const closing = hub.close()
  await clock.advance(10_000)
  await closing
}

function bytesTo(user: TestUser): number {
  return user.texts.reduce((sum, text) => sum + text.length, 0)
}

it('reads, sends and keeps for a client no more than a bound and what it sent', async () => {
  const clock = new FakeClock()
  const meter = new Meter()
  const engine = metered(createMemoryEngine({ clock, random: new SeededRandom(1) }), meter)
  const store = metered(createSqliteStore({ path: ':memory:' }), meter)
  const { hub, connect } = await createTestHub({ clock, engine, store, channels: CHANNELS })
  await fill(hub)
  let users = 0
  await fc.assert(
    fc.asyncProperty(burst, async (frames) => {
      users += 1
      const principal = testPrincipal(`eve-${users}`, { grants: GRANTS })
      const eve = await connect(`eve-${users}`, 0, principal)
      const before = meter.bytes
      const texts = frames.map((frame, n) => JSON.stringify({ ...frame, id: String(n) }))
      for (const text of texts) eve.sendText(text)
      await clock.advance(10)
      const sent = texts.reduce((sum, text) => sum + text.length, 0)
      expect(meter.bytes - before + bytesTo(eve)).toBeLessThan(FREE_BYTES + BYTES_PER_BYTE * sent)
      eve.cut()
      await clock.advance(60_000)
    }),
    { numRuns: 600, endOnFailure: true },
  )
  await closed(hub, clock)
})

it('reads and sends for the requests of a user no more than a bound and what they sent', async () => {
  const clock = new FakeClock()
  const meter = new Meter()
  const engine = metered(createMemoryEngine({ clock, random: new SeededRandom(1) }), meter)
  const store = metered(createSqliteStore({ path: ':memory:' }), meter)
  const { hub, call } = await openRestHub({ clock, engine, store, channels: CHANNELS })
  await fill(hub)
  const recipients = Array.from({ length: REST_USERS }, (_, n) => `eve-${n}`)
  for (let n = 0; n < NOTIFICATIONS; n += 1) {
    const metadata = { note: 'x'.repeat(1_000) }
    await hub.notifications.create({ title: `${n}`, message: 'm', recipients, metadata })
  }
  const document = await readDocument((request) => hub.fetch(request))
  const ofUsers = operationsOf(document).filter(
    (located) =>
      !STREAMS.has(nameOf(located)) &&
      located.operation.security?.some((way) => 'userToken' in way),
  )
  const operations = new Map(ofUsers.map((located) => [nameOf(located), located]))
  const name = fc.constantFrom(...operations.keys())
  const requests = fc.oneof(
    fc
      .tuple(name, fc.constantFrom(...ROOMS), fc.nat(100))
      .map(([one, room, times]) => Array<[string, string]>(times).fill([one, room])),
    fc.array(fc.tuple(name, fc.constantFrom(...ROOMS)), { maxLength: 100 }),
  )
  let users = 0
  await fc.assert(
    fc.asyncProperty(requests, async (asked) => {
      const user = `eve-${users % REST_USERS}`
      users += 1
      const before = meter.bytes
      let bytes = 0
      let sent = 0
      for (const [one, room] of asked) {
        const located = operations.get(one)
        if (!located) continue
        const path = pathOf(located, { name: room, user_id: user })
        const body = located.operation.requestBody?.content['application/json']?.example
        const answer = await settled(
          clock,
          call(located.method, path, {
            as: user,
            ...(body !== undefined && { body }),
          }),
        )
        bytes += JSON.stringify(answer.body).length
        sent += path.length + JSON.stringify(body ?? '').length
      }
      expect(meter.bytes - before + bytes).toBeLessThan(FREE_BYTES + BYTES_PER_BYTE * sent)
      await clock.advance(600_000)
    }),
    { numRuns: 3 * REST_USERS, endOnFailure: true },
  )
  await closed(hub, clock)
})

const nameOf = ({ method, path }: Located): string => `${method} ${path}`

/** The path with its parameters, and as many items a page as can be had. */
function pathOf({ path, operation }: Located, values: Record<string, string>): string {
  const valueFor = (name: string): string => encodeURIComponent(values[name] ?? 'one')
  const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => valueFor(name))
  const has = (name: string): boolean =>
    operation.parameters?.some((one) => one.name === name) === true
  const query = [
    has('limit') && 'limit=1000',
    has('page_size') && 'page_size=100',
    has('user_id') && !path.includes('{user_id}') && `user_id=${valueFor('user_id')}`,
  ]
  return `${filled}?${query.filter(Boolean).join('&')}`
}
