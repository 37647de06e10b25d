import { createMemoryEngine, createSqliteEngine } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { beforeEach, describe, expect, it } from 'vitest'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import { codeOf, type WayIn } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

const INTERNAL = ['$inbox', '$rooms', '$subscriptions', '$revocations']
const ALL = [{ channels: '#', actions: ['*' as const] }]

let attacked: AttackedHub

async function start(engine: Engine): Promise<void> {
  attacked = await AttackedHub.start({
    engine,
    undeclared: 'allow',
    channels: { '#': { history: true, presence: true, state: true, publish: 'authenticated' } },
  })
}

beforeEach(async () => {
  await start(createMemoryEngine())
  return () => stillServes(attacked)
})

/** Has the server tell itself something on each of its own channels. */
async function stir(): Promise<void> {
  for (const [method, path, body] of [
    ['POST', 'rooms', { id: 'secret', password: 'sesame' }],
    ['PUT', 'rooms/secret/bans/mallory', { reason: 'a secret' }],
    ['POST', 'rooms/secret/kick', { user_id: 'mallory', reason: 'a secret' }],
    ['POST', 'revocations', { user_id: 'mallory', reason: 'a secret' }],
    ['POST', 'notifications', { title: 'a secret', message: 'm', recipients: ['ada'] }],
    ['POST', 'subscriptions/topic', { user_id: 'ada', topic: 'user:ada' }],
  ] as const) {
    const { status, text } = await attacked.rest(method, path, { as: SERVER_KEY, body })
    expect(status, text).toBeLessThan(300)
  }
}

async function heardAll(way: WayIn): Promise<void> {
  await attacked.publish('room:1', 'the end')
  await expect.poll(() => way.frames.map(({ payload }) => payload)).toContain('the end')
}

const ENGINES: readonly (readonly [string, () => Engine])[] = [
  ['memory', createMemoryEngine],
  ['SQLite', () => createSqliteEngine({ path: ':memory:' })],
]
const WAYS_AND_ENGINES = WAYS_IN.flatMap(([way, open]) =>
  ENGINES.map(([engine, createEngine]) => [way, engine, open, createEngine] as const),
)

/** Has a user notified of what ends a test. */
async function notifyOfTheEnd(token: string): Promise<void> {
  const body = { topic: 'room:1', metadata: { notification_channel: 'in-app' } }
  const stored = await attacked.rest('POST', 'subscriptions/topic', { as: token, body })
  expect(stored.status).toBe(201)
}

/** The notifications of a user once that of the end is there. */
async function notifiedAll(token: string): Promise<string> {
  const read = async () => (await attacked.rest('GET', 'notifications', { as: token })).text
  await expect.poll(read).toContain('room:1')
  return read()
}

describe.each(WAYS_AND_ENGINES)(
  'over %s, with an engine in %s',
  (_way, _engine, open, createEngine) => {
    beforeEach(() => start(createEngine()))

    it('what the server tells itself reaches no pattern, live or read back', async () => {
      const eve = await open(attacked, attacked.tokenOf('eve', { grants: ALL }))
      for (const channel of ['#', '*', '*:*']) {
        expect(codeOf(await eve.ask({ type: 'subscribe', channel }))).toBe('ok')
      }
      await stir()
      await heardAll(eve)
      const first = await eve.ask({ type: 'subscribe', channel: '#', recent: 1_000 })
      const [epoch] = String(first.payload.position).split(':')
      const again = await eve.ask({ type: 'subscribe', channel: '#', since: `${epoch}:0` })
      for (const events of [
        eve.frames.filter(({ type }) => type === 'event'),
        first.payload.events,
        again.payload.events,
      ]) {
        expect(new Set(events.map(({ channel }: { channel: string }) => channel))).toEqual(
          new Set(['room:1']),
        )
      }
      expect(JSON.stringify(eve.frames)).not.toMatch(/a secret|mallory|sesame/)
    })

    it('nor any stored subscription', async () => {
      const token = attacked.tokenOf('eve', { grants: ALL })
      const metadata = { notification_channel: 'in-app' }
      for (const topic of ['#', '*', '*:*']) {
        const body = { topic, metadata }
        const stored = await attacked.rest('POST', 'subscriptions/topic', { as: token, body })
        expect(codeOf(stored)).toBe('ok')
      }
      const eve = await open(attacked, token)
      await stir()
      await heardAll(eve)
      expect(JSON.stringify(eve.frames)).not.toMatch(/a secret|mallory|sesame|\$/)
      expect(await notifiedAll(token)).not.toMatch(/a secret|mallory|sesame|\$/)
    })
  },
)

describe('over REST', () => {
  it.each(INTERNAL)('%s is subscribed to by nobody', async (channel) => {
    const token = attacked.tokenOf('eve', { grants: ALL })
    for (const as of [token, SERVER_KEY]) {
      const user = as === SERVER_KEY ? { user_id: 'eve' } : {}
      for (const [path, body] of [
        ['subscriptions/topic', { topic: channel }],
        ['subscriptions/topic', { topic: `${channel}:#` }],
        ['subscriptions/query', { query: { event: 'e' }, topic: channel }],
      ] as const) {
        const answer = await attacked.rest('POST', path, { as, body: { ...body, ...user } })
        expect.soft([400, 422], `${path} ${answer.text}`).toContain(answer.status)
      }
    }
  })

  it('what the server publishes to a pattern does not reach its own channels', async () => {
    const ada = await openSocket(attacked, attacked.tokenOf('ada'))
    await ada.ask({ type: 'subscribe', channel: 'room:1' })
    const inbox = { kind: 'changed', users: ['ada'], read: ['x'] }
    for (const pattern of ['#', '*', '*:*']) {
      await attacked.publish(pattern, inbox)
    }
    await heardAll(ada)
    expect(ada.frames.filter(({ type, read }) => type === 'inbox' && read)).toEqual([])
    for (const name of INTERNAL) {
      const body = { channel: name, event: 'e', payload: inbox }
      expect(codeOf(await attacked.rest('POST', 'publish', { as: SERVER_KEY, body }))).toBe(
        '400 invalid_channel',
      )
    }
  })

  it.each(INTERNAL)(
    'an event of a resource of type %s is none of the server’s own',
    async (type) => {
      const ada = await openSocket(attacked, attacked.tokenOf('ada'))
      await ada.ask({ type: 'subscribe', channel: 'room:1' })
      const payload = { kind: 'changed', users: ['ada'], read: ['x'] }
      for (const id of ['1', '']) {
        const body = { resource_type: type, resource_id: id, action: 'e', payload }
        const answer = await attacked.rest('POST', 'resource-events', { as: SERVER_KEY, body })
        expect(answer.status).toBeLessThan(500)
      }
      const body = { resource_type: type, resource_id: '1' }
      const stored = await attacked.rest('POST', 'subscriptions/resource', {
        as: attacked.tokenOf('eve'),
        body,
      })
      expect(stored.status).toBeLessThan(500)
      await heardAll(ada)
      expect(JSON.stringify(ada.frames)).not.toContain('"x"')
    },
  )
})

describe('by somebody else’s subscription', () => {
  it.each([
    ['topic', { topic: 'user:ada' }, 403],
    ['topic', { topic: 'tenant:acme:1' }, 403],
    ['topic', { topic: 'tenant:acme:#' }, 403],
    ['resource', { resource_type: 'user', resource_id: 'ada' }, 403],
    ['resource', { resource_type: 'tenant', resource_id: 'acme' }, 403],
    ['resource', { resource_type: 'tenant:acme', resource_id: '1' }, 403],
    ['resource', { resource_type: 'tenant', resource_id: 'acme:1' }, 403],
    ['query', { query: { event: 'e' }, topic: 'user:ada' }, 403],
    ['query', { query: {}, topic: '#' }, 201],
    ['query', { query: { event: 'e' }, resource_type: 'user' }, 201],
    ['query', { query: { event: 'e' } }, 201],
    ['query', { query: { 'payload.secret': { $exists: true } } }, 201],
    ['resource-type', { resource_type: 'user' }, 201],
    ['resource-type', { resource_type: 'tenant' }, 201],
    ['topic', { topic: 'user:*' }, 201],
    ['topic', { topic: '#' }, 201],
  ])('a %s by %j, answered with %i, brings nothing of theirs', async (kind, fields, status) => {
    const token = attacked.tokenOf('eve', { grants: ALL, tenant: 'evil' })
    const body = { ...fields, metadata: { notification_channel: 'in-app' } }
    const answer = await attacked.rest('POST', `subscriptions/${kind}`, { as: token, body })
    expect.soft(answer.status, answer.text).toBe(status)
    await notifyOfTheEnd(token)
    const eve = await openSocket(attacked, token)
    await eve.ask({ type: 'subscribe', channel: 'room:1' })
    for (const channel of ['user:ada', 'tenant:acme', 'tenant:acme:1']) {
      await attacked.publish(channel, { secret: 'a secret' })
      const [type = '', ...id] = channel.split(':')
      for (const [resourceType, resourceId] of [
        [type, id.join(':')],
        [channel.slice(0, channel.lastIndexOf(':')), id.at(-1)],
      ]) {
        await attacked.rest('POST', 'resource-events', {
          as: SERVER_KEY,
          body: {
            resource_type: resourceType,
            resource_id: resourceId,
            action: 'e',
            payload: { secret: 'a secret' },
          },
        })
      }
    }
    await heardAll(eve)
    const notified = await notifiedAll(token)
    expect(JSON.stringify(eve.frames)).not.toContain('a secret')
    expect(notified).not.toMatch(/user:ada|acme|secret/)
  })
})
