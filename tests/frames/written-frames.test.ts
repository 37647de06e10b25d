import { globSync, readFileSync } from 'node:fs'
import {
  type ConnectionId,
  type EventId,
  formatPosition,
  type JsonValue,
  type Position,
  REPLIES,
  SERVER_FRAMES,
  type ServerFrameType,
  type SubscriptionId,
  type UserId,
} from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import type { EventRecord } from '@coterie/server/engine'
import { createTestHub, FakeClock } from '@coterie/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { z } from 'zod'
import { eventFrame, eventList } from '../../packages/server/src/core/event-frame.ts'
import { historyReply } from '../../packages/server/src/core/history-reply.ts'
import { OutgoingFrame } from '../../packages/server/src/core/outgoing-frame.ts'
import { formatPresence } from '../../packages/server/src/core/presence-map.ts'
import { replyFrame } from '../../packages/server/src/core/responder.ts'
import {
  WrittenPart,
  writeParts,
  writeSubscribeReply,
} from '../../packages/server/src/core/subscribe-reply.ts'
import { messageFrame } from '../../packages/server/src/features/connections/message-frame.ts'
import { Roster } from '../../packages/server/src/features/presence/roster.ts'
import { ChannelState, STATE_MAP } from '../../packages/server/src/features/state/channel-state.ts'
import { stateFrame, stateOrigin } from '../../packages/server/src/features/state/state-frame.ts'
import { StoredEventFrames } from '../../packages/server/src/features/subscriptions/stored-event-frames.ts'
import type { JsonText, KeyChange, LogHole } from '../../packages/server/src/ports/engine.ts'
import type { TextPieces } from '../../packages/server/src/ports/transport.ts'
import { sseEvents } from '../../packages/server/src/transports/sse/sse-frame.ts'
import { textOf, webSocketJson } from '../../packages/server/src/transports/websocket-frame.ts'
import { arbitraryOf } from './arbitrary-of.ts'

const text = fc.string({ unit: 'binary', maxLength: 30 })
const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
const userId = id as fc.Arbitrary<UserId>
const connectionId = fc.stringMatching(/^[a-z0-9-]{1,36}$/) as fc.Arbitrary<ConnectionId>
const name = fc.stringMatching(/^[A-Za-z0-9_.@=-]{1,20}(:[A-Za-z0-9_.@=-]{1,20})?$/)
const sender = fc.record({ user_id: userId, connection_id: connectionId })
const timestampMs = fc.integer({ min: 0, max: 253_402_300_799_999 })
const position: fc.Arbitrary<Position> = fc.record({
  epoch: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  offset: fc.nat(),
})
/** A payload as its sender wrote it, with spaces and line ends between the tokens. */
const payload = fc
  .tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent) as JsonText)

const record: fc.Arbitrary<EventRecord> = fc.record({
  channel: name,
  event: id,
  payload,
  from: fc.option(sender),
  id: id as fc.Arbitrary<EventId>,
  timestampMs,
  delivery: fc.constant('logged' as const),
  position: fc.option(position),
  sequence: fc.option(position),
})

/** What a receiver gets of a record. */
function described(record: EventRecord, pattern?: string): object {
  const { channel, event, from, timestampMs: at } = record
  return {
    channel,
    event,
    payload: JSON.parse(record.payload),
    from,
    id: record.id,
    timestamp: new Date(at).toISOString(),
    ...(record.position && { position: formatPosition(record.position) }),
    ...(pattern !== undefined && { pattern }),
    ...(pattern !== undefined &&
      record.sequence && { pattern_position: formatPosition(record.sequence) }),
  }
}

/** Reads a frame as its schema does, and compares it with what it was made of. */
function expectFrame<Type extends ServerFrameType>(
  type: Type,
  frame: OutgoingFrame,
  fields: object,
): void {
  expectValue(SERVER_FRAMES[type], frame.text, { type, ...fields })
}

function expectValue(schema: z.ZodType, json: string, value: unknown): void {
  const written: unknown = JSON.parse(json)
  expect(schema.parse(written)).toEqual(written)
  expect(written).toEqual(value)
}

const joined = (pieces: TextPieces): string => pieces.join('')

it('knows everyone who writes a frame as text', () => {
  const files = globSync('packages/*/src/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
  const writers = files.filter((file) => readFileSync(file, 'utf8').includes('new OutgoingFrame('))
  expect(writers.map((file) => file.replace('packages/server/src/', '')).sort()).toEqual([
    'core/event-frame.ts',
    'core/outgoing-frame.ts',
    'core/responder.ts',
    'features/connections/message-frame.ts',
    'features/state/state-frame.ts',
    'features/subscriptions/stored-event-frames.ts',
  ])
})

it('writes events as their schema reads them', () => {
  fc.assert(
    fc.property(record, fc.option(name, { nil: undefined }), (event, pattern) => {
      expectFrame('event', eventFrame(event, pattern), described(event, pattern))
    }),
  )
})

it('writes events of stored subscriptions as their schema reads them', () => {
  const ids = fc.array(id as fc.Arbitrary<SubscriptionId>)
  // Ids of resources stand in place of names of channels.
  fc.assert(
    fc.property(record, id, ids, (event, channel, subscriptions) => {
      const found = { ...event, channel }
      const frame = new StoredEventFrames(found).write(subscriptions)
      expectFrame('event', frame, { ...described(found), subscriptions })
    }),
  )
})

it('writes changes of state as their schema reads them', () => {
  const change = fc.record({ key: id, value: fc.option(payload) })
  const changes = fc.uniqueArray(change, { selector: ({ key }) => key })
  const version = fc.integer({ min: 1 })
  const origin = fc.record({ from: fc.option(sender), op_id: fc.option(text) })
  fc.assert(
    fc.property(name, version, changes, origin, (channel, number, made, { from, op_id }) => {
      const written = { channel, map: STATE_MAP, changes: made, version: number }
      const frame = stateFrame(channel, { ...written, origin: stateOrigin(from, op_id) })
      const set = made.flatMap(({ key, value }) =>
        value === null ? [] : [[key, JSON.parse(value)] as const],
      )
      expectFrame('state', frame, {
        channel,
        version: number,
        set: Object.fromEntries(set),
        delete: made.flatMap(({ key, value }) => (value === null ? [key] : [])),
        from,
        op_id,
      })
    }),
  )
})

it('writes messages as their schema reads them', () => {
  const ids = id as fc.Arbitrary<EventId>
  fc.assert(
    fc.property(ids, fc.oneof(id, fc.constant('text')), payload, (messageId, type, value) => {
      expectFrame('message', messageFrame(messageId, type, value), {
        payload: JSON.parse(value),
        id: messageId,
        ...(type !== 'text' && { event: type }),
      })
    }),
  )
})

it('writes replies, whole or in pieces, as their schema reads them', () => {
  const ids = fc.string({ unit: 'binary', minLength: 1, maxLength: 32 })
  fc.assert(
    fc.property(ids, payload, (frameId, value) => {
      const fields = { id: frameId, payload: JSON.parse(value) as unknown }
      expectFrame('reply', replyFrame(frameId, value), fields)
      const pieces = [Buffer.from(value), ' ']
      expectFrame('reply', replyFrame(frameId, pieces), fields)
    }),
  )
})

const holes: fc.Arbitrary<LogHole[] | undefined> = fc.option(
  fc.array(fc.record({ after: position, next: position }), { maxLength: 3 }),
  { nil: undefined },
)
const gapsOf = (found: LogHole[] | undefined): object =>
  found === undefined
    ? {}
    : {
        gaps: found.map(({ after, next }) => ({
          after: formatPosition(after),
          next: formatPosition(next),
          reason: 'damaged',
        })),
      }

it('writes pages of history as their schema reads them', () => {
  fc.assert(
    fc.property(fc.array(record), position, holes, (events, top, damaged) => {
      expectValue(REPLIES.history, historyReply({ events, top, isEnd: true, damaged }), {
        events: events.map((event) => described(event)),
        position: formatPosition(top),
        ...gapsOf(damaged),
      })
    }),
  )
})

it('writes replies to subscribe as their schema reads them', () => {
  const shape = REPLIES.subscribe.shape
  const parts = fc.record({
    presence: arbitraryOf(shape.presence),
    presence_count: arbitraryOf(shape.presence_count),
    presence_returning: arbitraryOf(shape.presence_returning),
    state: arbitraryOf(shape.state),
    room: arbitraryOf(shape.room),
  }) as fc.Arbitrary<Pick<z.infer<typeof REPLIES.subscribe>, 'presence' | 'state' | 'room'>>
  const reason = fc.constantFrom(undefined, ...shape.reason.unwrap().options)
  const past = fc.record({ covered: fc.option(position), recovered: fc.boolean(), reason })
  fc.assert(
    fc.property(
      fc.tuple(name, fc.array(record), past, holes, parts, fc.boolean()),
      ([channel, events, { covered, recovered, reason: why }, damaged, given, isWritten]) => {
        const recovery = { events, covered, top: null, from: null, recovered, reason: why, damaged }
        const state = isWritten ? new WrittenPart([JSON.stringify(given.state)]) : given.state
        const written = given.state === undefined ? given : { ...given, state }
        const list = Buffer.from(eventList(events))
        const reply = writeSubscribeReply(channel, recovery, list, writeParts(written))
        expectValue(REPLIES.subscribe, joined(reply), {
          channel,
          position: covered && formatPosition(covered),
          recovered,
          ...(why !== undefined && { reason: why }),
          ...gapsOf(damaged),
          events: events.map((event) => described(event)),
          ...(JSON.parse(JSON.stringify(given)) as object),
        })
      },
    ),
  )
})

it('writes who is present, as users come and go, as the schema reads it', () => {
  const value = fc.record({
    user_id: userId,
    status: fc.constantFrom('online', 'away', 'offline'),
    data: fc.jsonValue(),
    joined_at: timestampMs,
    last_seen: timestampMs,
  })
  const change = fc.tuple(connectionId, fc.option(value))
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const roster = new Roster()
      for (const [index, [key, shown]] of changes.entries()) {
        const made: KeyChange = { key, value: shown && formatPresence(shown as never) }
        roster.take({ version: index + 1, changes: [made] })
        const entries: unknown = JSON.parse(JSON.stringify(roster.entries()))
        expectValue(REPLIES.subscribe.shape.presence, joined(roster.entriesText()), entries)
      }
    }),
  )
})

it('writes differences of presence as the schema reads them', async () => {
  const step = fc.record({
    name: fc.constantFrom('bob', 'cleo', 'dan'),
    leaves: fc.boolean(),
    status: fc.constantFrom('online' as const, 'away' as const),
    data: fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__')),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const channel = 'room:1'
      const world = await createTestHub({ users: ['ada', 'bob', 'cleo', 'dan'] })
      const { ada, clock } = world
      await ada.subscribe(channel, { presence: 'follow' })
      const expected = new Map<string, object>()
      for (const { name: user, leaves, status, data } of steps) {
        if (leaves) {
          await world[user].unsubscribe(channel)
          expected.delete(user)
        } else {
          await world[user].subscribe(channel, { presence: { status, data: data as JsonValue } })
          expected.set(user, { status, data: JSON.parse(JSON.stringify(data)) })
        }
        await clock.advance(1_000)
      }
      const shown = new Map<string, object>()
      for (const frame of ada.frames) {
        if (frame.type !== 'presence') continue
        expect(SERVER_FRAMES.presence.parse(frame)).toEqual(frame)
        for (const entry of [...frame.joins, ...frame.updates]) {
          shown.set(entry.user_id, { status: entry.status, data: entry.data })
        }
        for (const { user_id } of frame.leaves) shown.delete(user_id)
      }
      expect(shown).toEqual(expected)
    }),
    { numRuns: 30 },
  )
})

it('writes a shared state as its schema reads it', async () => {
  const key = id.filter((each) => each !== '__proto__')
  const change = fc.record({ key, value: fc.option(payload) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
      const engine = createMemoryEngine({ clock: new FakeClock() })
      const state = new ChannelState(engine, 'c', true)
      await state.load()
      const expected = new Map<string, unknown>()
      for (const [index, made] of changes.entries()) {
        state.apply({ channel: 'c', map: STATE_MAP, changes: [made], version: index + 1 })
        if (made.value === null) expected.delete(made.key)
        else expected.set(made.key, JSON.parse(made.value))
      }
      expectValue(REPLIES.subscribe.shape.state, state.snapshotText(), {
        version: changes.length,
        value: Object.fromEntries(expected),
        ...(changes.length > 0 && expected.size === 0 && { emptied: true }),
      })
    }),
  )
})

it('writes parts of snapshots as their schema reads them', async () => {
  const channel = 'document:1'
  const { ada } = await createTestHub({
    users: ['ada'],
    channels: { 'document:*': { history: true, state: { persist: true } } },
  })
  await ada.subscribe(channel)
  const { position: covered } = await ada.publish(channel, 'e', 1)
  let version = 0
  const property = fc.asyncProperty(text, async (data) => {
    const segment = `s${version}`
    await ada.request({ type: 'snapshot_write', channel, segment, part: 0, data })
    const commit = { type: 'snapshot_commit', channel, position: covered, segments: [segment] }
    await ada.request({ ...commit, if_version: version })
    version += 1
    const reply = await ada.request({ type: 'snapshot_read', channel, segment })
    expectValue(REPLIES.snapshot_read, JSON.stringify(reply), { data })
  })
  // Frames are limited, and the clock of this world stands still.
  await fc.assert(property, { numRuns: 30 })
})

it.each(Object.keys(SERVER_FRAMES) as ServerFrameType[])(
  'carries every %s frame whole over WebSocket and server-sent events',
  (type) => {
    const frames = arbitraryOf(SERVER_FRAMES[type]) as fc.Arbitrary<{ type: never }>
    fc.assert(
      fc.property(frames, ({ type: _, ...fields }) => {
        const frame = OutgoingFrame.of(type, fields as never)
        const sent: unknown = JSON.parse(JSON.stringify(fields))
        const message = Buffer.from(textOf(frame.encoded(webSocketJson))).toString()
        expect(JSON.parse(message)).toEqual({ type, ...(sent as object) })
        const [event, ...lines] = Buffer.concat(frame.encoded(sseEvents).chunks)
          .toString()
          .split('\n')
        expect(event).toBe(`event: ${type}`)
        const data = lines.map((line) => line.replace(/^data: /, '')).join('\n')
        expect(JSON.parse(data)).toMatchObject(sent as object)
      }),
    )
  },
)
