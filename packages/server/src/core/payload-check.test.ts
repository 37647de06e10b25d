import { defineChannel, type StandardSchema } from '@coterie/protocol'
import { createTestHub, type FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Logger } from '../ports/logger.ts'

const document = defineChannel('document:{id}', {
  events: {
    edit: z.object({ content: z.string(), by: z.string().default('nobody') }),
    rename: z.object({ title: z.string().trim() }),
    move: z.object({ to: z.object({ items: z.array(z.int()) }) }),
  },
})
const channels = { 'document:*': { history: true }, 'room:*': { history: true } }

/** Joins Ada and Bob to `document:7`, whose events have these schemas. */
async function join(events: Readonly<Record<string, StandardSchema>>, logger?: Logger) {
  const contract = defineChannel('document:{id}', { events })
  const world = await createTestHub({
    users: ['ada', 'bob'],
    contracts: [contract],
    channels,
    ...(logger && { logger }),
  })
  await world.ada.subscribe('document:7')
  await world.bob.subscribe('document:7')
  return world
}

/** A schema that belongs to no library. */
function schemaOf(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'hand', validate } }
}

/** A schema that takes as many simulated ms as the value says, and doubles it. */
function slowSchema(clock: () => FakeClock): StandardSchema {
  return schemaOf(
    (value) =>
      new Promise((resolve) => {
        clock().setTimer(() => resolve({ value: Number(value) * 2 }), Number(value))
      }),
  )
}

it.each([
  [
    'a field that is missing',
    'edit',
    {},
    'payload.content: Invalid input: expected string, received undefined',
    { path: 'payload.content', event: 'edit' },
  ],
  [
    'a field deep inside',
    'move',
    { to: { items: [1, 'two'] } },
    'payload.to.items.1: Invalid input: expected number, received string',
    { path: 'payload.to.items.1', event: 'move' },
  ],
  [
    'another kind of value',
    'edit',
    'text',
    'payload: Invalid input: expected object, received string',
    { path: 'payload', event: 'edit' },
  ],
  [
    'an event that is not declared',
    'delete',
    {},
    'event: "delete" is not declared; declared: edit, rename, move',
    { path: 'event', event: 'delete' },
  ],
  [
    'an event named as what all objects have',
    'constructor',
    {},
    'event: "constructor" is not declared; declared: edit, rename, move',
    { path: 'event', event: 'constructor' },
  ],
])('refuses %s, of users and of the server alike', async (_, event, payload, message, details) => {
  const { ada, bob, hub } = await join(document.schemas.events)
  const error = { code: 'invalid_payload', message, details }
  await expect(ada.publish('document:7', event, payload)).rejects.toMatchObject(error)
  expect(await hub.publish('document:7', event, payload)).toMatchObject({ ok: false, error })
  expect(await hub.publish('document:*', event, payload)).toMatchObject({ ok: false, error })
  await ada.publish('document:7', 'edit', { content: 'valid' })
  await bob.sees('event', { event: 'edit' })
  expect(bob.payloads('document:7')).toEqual([{ content: 'valid', by: 'nobody' }])
})

it('passes the output of a schema to all receivers and into the log', async () => {
  const { ada, bob, hub } = await join(document.schemas.events)
  await ada.publish('document:7', 'rename', { title: '  Plans ', more: 1 })
  await hub.publish('document:7', 'edit', { content: 'a' })
  await bob.sees('event', { event: 'edit', payload: { content: 'a', by: 'nobody' } })
  const expected = [{ title: 'Plans' }, { content: 'a', by: 'nobody' }]
  expect(bob.payloads('document:7')).toEqual(expected)
  const { events } = await ada.history('document:7')
  expect(events.map(({ payload }) => payload)).toEqual(expected)
})

it('keeps the text as it came if the schema changes nothing', async () => {
  const { ada, bob } = await join({ edit: z.object({ size: z.number() }) })
  ada.sendText(
    '{"type":"publish","channel":"document:7","event":"edit","payload":{ "size" : 1.50e1 }}',
  )
  await bob.sees('event', { payload: { size: 15 } })
  expect(bob.texts.at(-1)).toContain('{ "size" : 1.50e1 }')
})

it('writes the output of a schema as JSON', async () => {
  const { ada, bob } = await join({ meet: z.object({ at: z.coerce.date() }) })
  await ada.publish('document:7', 'meet', { at: '2026-01-01' })
  await bob.sees('event', { payload: { at: '2026-01-01T00:00:00.000Z' } })
})

it('validates by a schema that belongs to no library', async () => {
  const even = schemaOf((value) =>
    typeof value === 'number' && value % 2 === 0
      ? { value }
      : { issues: [{ message: 'odd', path: ['a', { key: 0 }] }] },
  )
  const { ada } = await join({ count: even })
  await expect(ada.publish('document:7', 'count', 2)).resolves.toBeDefined()
  await expect(ada.publish('document:7', 'count', 1)).rejects.toMatchObject({
    message: 'payload.a.0: odd',
  })
})

it('keeps the order of a sender however long the schemas take', async () => {
  const world = await join({ slow: slowSchema(() => world.clock), fast: z.number() })
  const { ada, bob, hub } = world
  const [refused, ...accepted] = [
    ada.publish('document:7', 'fast', 'no number'),
    ada.publish('document:7', 'slow', 50),
    ada.publish('document:7', 'slow', 5),
    ada.publish('document:7', 'fast', 1),
  ]
  await expect(refused).rejects.toMatchObject({ code: 'invalid_payload' })
  await Promise.all(accepted)
  await world.clock.until(() => bob.payloads('document:7').length === 3)
  expect(bob.payloads('document:7')).toEqual([100, 10, 1])

  await Promise.all([
    hub.publish('document:7', 'slow', 40),
    hub.publish('document:7', 'fast', 2),
    world.clock.until(() => bob.payloads('document:7').length === 5),
  ])
  expect(bob.payloads('document:7').slice(3)).toEqual([80, 2])
})

it('does not delay other senders while a schema takes time', async () => {
  const world = await join({ slow: slowSchema(() => world.clock), fast: z.number() })
  const { ada, bob } = world
  await Promise.all([ada.publish('document:7', 'slow', 50), bob.publish('document:7', 'fast', 1)])
  expect(ada.payloads('document:7')).toEqual([1, 100])
})

it.each([
  [
    'throws',
    schemaOf(() => {
      throw new Error('broken')
    }),
  ],
  ['rejects', schemaOf(() => Promise.reject(new Error('broken')))],
  ['returns nothing', schemaOf(() => undefined as never)],
  ['resolves to nothing', schemaOf(() => Promise.resolve(undefined as never))],
  ['makes what JSON cannot carry', schemaOf(() => ({ value: 1n }))],
  ['makes a function', schemaOf(async () => ({ value: () => {} }))],
])('says internal and logs where a schema %s', async (_, broken) => {
  const logged: object[] = []
  const log = (fields: object): void => void logged.push(fields)
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: log }
  const { ada, hub } = await join({ edit: broken, ok: z.number() }, logger)
  const error = { code: 'internal', message: 'the server could not check this' }
  await expect(ada.publish('document:7', 'edit', 1)).rejects.toMatchObject(error)
  expect(await hub.publish('document:7', 'edit', 1)).toMatchObject({ ok: false, error })
  const fields = { channel: 'document:7', event: 'edit', error: expect.any(Error) }
  expect(logged).toMatchObject([fields, fields])
  await expect(ada.publish('document:7', 'ok', 1)).resolves.toBeDefined()
})

it('returns the first result when the same event is sent again', async () => {
  let made = 0
  const numbered = schemaOf(() => {
    made += 1
    return { value: made }
  })
  const { ada, bob } = await join({ edit: numbered })
  const first = await ada.publish('document:7', 'edit', 'x', { message_id: 'm' })
  const again = await ada.publish('document:7', 'edit', 'x', { message_id: 'm' })
  expect(again).toEqual({ ...first, duplicate: true })
  await bob.sees('event')
  expect(bob.payloads('document:7')).toEqual([1])
})

it('does not end typing when the event is refused', async () => {
  const { ada, bob } = await createTestHub({
    users: ['ada', 'bob'],
    contracts: [defineChannel('room:{id}', { events: { say: z.string() } })],
  })
  await ada.subscribe('room:1')
  await bob.subscribe('room:1')
  ada.send({ type: 'typing', channel: 'room:1' })
  await bob.sees('ephemeral', { event_type: 'typing_start' })
  await expect(ada.publish('room:1', 'say', 5)).rejects.toMatchObject({ code: 'invalid_payload' })
  expect(bob.frames.filter(({ type }) => type === 'ephemeral')).toHaveLength(1)
  await ada.publish('room:1', 'say', 'hello')
  await bob.sees('ephemeral', { event_type: 'typing_stop' })
})

it('applies the most specific contract, whatever rules a channel has', async () => {
  const { ada } = await createTestHub({
    users: ['ada'],
    contracts: [document, defineChannel('document:front', { events: { news: z.string() } })],
    channels: { '#': {} },
  })
  await ada.subscribe('document:front')
  await ada.subscribe('document:7')
  await ada.subscribe('document:7:notes')
  await expect(ada.publish('document:front', 'news', 'x')).resolves.toBeDefined()
  await expect(ada.publish('document:front', 'edit', {})).rejects.toThrow('declared: news')
  await expect(ada.publish('document:7', 'news', 'x')).rejects.toThrow('declared: edit')
  await expect(ada.publish('document:7:notes', 'anything', null)).resolves.toBeDefined()
})

it('does not declare a channel by a contract alone: rules do that', async () => {
  const { ada } = await createTestHub({ users: ['ada'], contracts: [document], channels })
  await expect(ada.subscribe('documents:7')).rejects.toMatchObject({ code: 'unknown_channel' })
})

it('checks the events that the rules of a channel declare, without a contract', async () => {
  const { ada, hub } = await createTestHub({
    users: ['ada'],
    channels: { 'room:*': { events: { say: z.string().trim() } }, lobby: {} },
  })
  await ada.subscribe('room:1')
  await ada.subscribe('lobby')
  await ada.publish('room:1', 'say', ' hello ')
  await ada.sees('event', { payload: 'hello' })
  await expect(ada.publish('room:1', 'say', 1)).rejects.toMatchObject({
    details: { path: 'payload', event: 'say' },
  })
  await expect(ada.publish('room:1', 'shout', 'x')).rejects.toThrow('declared: say')
  await expect(ada.publish('lobby', 'shout', 'x')).resolves.toBeDefined()
  expect(await hub.publish('room:1', 'say', null)).toMatchObject({ ok: false })
})

it('does not return long names that a sender made up', async () => {
  const { ada } = await join({ edit: z.strictObject({}) })
  const refused = await ada
    .publish('document:7', 'edit', { ['x'.repeat(5_000)]: 1 })
    .catch(({ message, details }) => JSON.stringify([message, details]))
  expect(String(refused).length).toBeLessThan(1_200)
})
