import { beforeEach, describe, expect, it } from 'vitest'
import { type CheckedDocument, operationsOf } from '../rest/checked-fetch.ts'
import { AttackedHub, type RestAnswer, SERVER_KEY } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import type { WayIn } from './way-in.ts'

const PREFIX = '/api/realtime'
/** As long as a real one, and of the same alphabet. */
const MISSING = '01a1fdb7-0000-7000-8000-000000000000'

let attacked: AttackedHub
let ada: WayIn
let foreign: Readonly<Record<string, string>>

beforeEach(async () => {
  attacked = await AttackedHub.start({
    channels: { 'room:*': { subscribe: 'granted', history: true, presence: true, state: true } },
  })
  const token = attacked.tokenOf('ada')
  ada = await openSocket(attacked, token)
  const notify = (title: string) =>
    attacked.rest('POST', 'notifications', {
      as: SERVER_KEY,
      body: { title, message: 'm', recipients: ['ada'] },
    })
  const [notification] = await Promise.all([notify('first'), notify('second')])
  const subscription = await attacked.rest('POST', 'subscriptions/topic', {
    as: token,
    body: { topic: 'user:ada' },
  })
  await attacked.rest('POST', 'rooms', { as: SERVER_KEY, body: { id: 'secret' } })
  await attacked.publish('room:secret', 'a secret')
  foreign = {
    notifications: notification.body.id,
    subscriptions: subscription.body.id,
    connections: ada.connectionId,
    users: 'ada',
    rooms: 'secret',
    channels: 'room:secret',
    'notification-preferences': 'ada',
    'notification-deliveries': '1',
    'dead-letters': '1',
  }
  expect(Object.values(foreign)).not.toContain(undefined)
  return () => stillServes(attacked)
})

const missingOf = (kind: string): string => {
  if (kind === 'channels') return 'room:nobody'
  return kind === 'notification-deliveries' ? '999999' : MISSING
}

/** What may differ between two answers is the time alone, and the name that was asked for. */
function describeAnswer({ status, text, headers }: RestAnswer, id: string): object {
  const { date: _, 'content-length': length, ...rest } = Object.fromEntries(headers)
  expect(Number(length ?? Buffer.byteLength(text))).toBe(Buffer.byteLength(text))
  return { status, text: text.replaceAll(id, '<id>'), headers: rest }
}

const BODIES: Readonly<Record<string, object>> = {
  'PATCH /subscriptions/{id}/status': { status: 'paused' },
  'POST /subscriptions/{id}/labels': { label: 'mine' },
  'PUT /notification-preferences/{user_id}': { email: 'eve@evil.example' },
  'PATCH /notification-preferences/{user_id}': { email: 'eve@evil.example' },
  'POST /connections/{id}/messages': { type: 'hello', payload: 1 },
  'PATCH /rooms/{id}': { max_users: 1 },
  'POST /rooms/{id}/kick': { user_id: 'ada' },
  'PUT /rooms/{id}/bans/{user}': {},
}

async function pathsWithIds() {
  const { body } = await attacked.rest('GET', '/openapi.json')
  return operationsOf(body as CheckedDocument)
    .map(({ method, path }) => ({ method, path: path.slice(PREFIX.length) }))
    .filter(({ path }) => path.includes('{'))
}

it('every path with an id answers alike for what is somebody else’s and what is not there', async () => {
  const eve = attacked.tokenOf('eve')
  const operations = await pathsWithIds()
  expect(operations.length).toBeGreaterThan(20)
  for (const { method, path } of operations) {
    const kind = path.includes('unread-count') ? 'users' : (path.split('/')[1] as string)
    const theirs = foreign[kind]
    if (theirs === undefined) throw new Error(`this test knows nothing of ${path}`)
    const body = BODIES[`${method} ${path}`]
    const ask = async (id: string) => {
      const filled = path.replace(/\{user\}/, 'ada').replace(/\{[^}]+\}/, id)
      return describeAnswer(await attacked.rest(method, filled.slice(1), { as: eve, body }), id)
    }
    const [given, missing] = [await ask(theirs), await ask(missingOf(kind))]
    expect.soft(given, `${method} ${path}`).toEqual(missing)
    expect.soft(given, `${method} ${path}`).toHaveProperty('status')
    expect
      .soft([401, 403, 404], `${method} ${path}`)
      .toContain((given as { status: number }).status)
  }
})

it('nothing of what was tried has changed anything', async () => {
  const eve = attacked.tokenOf('eve')
  const look = async () => {
    const paths = [
      `notifications/${foreign.notifications}`,
      'notifications/unread-count/ada',
      `subscriptions/${foreign.subscriptions}`,
      'notification-preferences/ada',
      'rooms/secret',
      'rooms/secret/bans',
    ]
    const answers = paths.map((path) => attacked.rest('GET', path, { as: SERVER_KEY }))
    return (await Promise.all(answers)).map(({ text }) => text)
  }
  const before = await look()
  for (const { method, path } of await pathsWithIds()) {
    const kind = path.includes('unread-count') ? 'users' : (path.split('/')[1] as string)
    const filled = path.replace(/\{user\}/, 'ada').replace(/\{[^}]+\}/, foreign[kind] ?? '')
    await attacked.rest(method, filled.slice(1), { as: eve, body: BODIES[`${method} ${path}`] })
  }
  expect(await look()).toEqual(before)
  expect(ada.code).toBe(0)
})

describe('lists', () => {
  it.each(['notifications', 'subscriptions'])('of %s hold what is one’s own', async (list) => {
    const eve = attacked.tokenOf('eve')
    const own = async (path: string) => (await attacked.rest('GET', path, { as: eve })).text
    expect(await own(list)).toBe('[]')
    for (const query of [
      `cursor=${foreign[list]}`,
      'page=1000000',
      'page_size=100',
      'status=pending',
      'user_id=eve',
      `cursor=${MISSING}`,
      'user_id=eve&user_id=ada',
      'cursor=%27%20OR%201%3D1--',
    ]) {
      const answer = await attacked.rest('GET', `${list}?${query}`, { as: eve })
      expect.soft([200, 400, 403], query).toContain(answer.status)
      if (answer.status === 200) expect.soft(answer.text, query).toBe('[]')
      expect.soft(answer.text, query).not.toMatch(/"ada"|first|second|user:ada/)
      expect.soft(answer.headers.get('link'), query).toBeNull()
    }
  })

  it('a cursor of somebody else begins where one’s own would', async () => {
    const body = { title: 'for eve', message: 'm', recipients: ['eve'] }
    await attacked.rest('POST', 'notifications', { as: SERVER_KEY, body })
    const eve = attacked.tokenOf('eve')
    const page = await attacked.rest('GET', 'notifications?page_size=1', {
      as: attacked.tokenOf('ada'),
    })
    const theirs = /cursor=([^&>]+)/.exec(page.headers.get('link') ?? '')?.[1]
    expect(theirs).toBeDefined()
    const read = async (cursor = '') => {
      const answer = await attacked.rest('GET', `notifications?cursor=${cursor}`, { as: eve })
      expect(answer.text).not.toMatch(/first|second/)
      return [answer.status, answer.text]
    }
    expect(await read(theirs)).toEqual(await read('1'))
    expect(await read(foreign.notifications)).toEqual(await read(MISSING))
  })

  it('a recipient learns nothing of the other recipients', async () => {
    const recipients = ['eve', 'ada', 'bob']
    const body = { title: 't', message: 'm', recipients }
    const made = await attacked.rest('POST', 'notifications', { as: SERVER_KEY, body })
    const eve = attacked.tokenOf('eve')
    const way = await openSocket(attacked, eve)
    await expect.poll(() => way.frames.some(({ type }) => type === 'notification')).toBe(true)
    for (const [method, path] of [
      ['GET', 'notifications'],
      ['GET', `notifications/${made.body.id}`],
      ['POST', `notifications/${made.body.id}/mark-read`],
    ] as const) {
      const { status, text } = await attacked.rest(method, path, { as: eve })
      expect(status).toBe(200)
      expect(text).not.toMatch(/"ada"|"bob"/)
    }
    await expect.poll(() => way.frames.some(({ read }) => read?.includes(made.body.id))).toBe(true)
    expect(JSON.stringify(way.frames)).not.toMatch(/"ada"|"bob"/)
  })

  it.each(['connections', 'rooms', 'revocations', 'dead-letters', 'notification-deliveries'])(
    'of %s are for the application',
    async (list) => {
      const answer = await attacked.rest('GET', list, { as: attacked.tokenOf('eve') })
      expect(answer.status).toBe(403)
      expect(answer.text).not.toMatch(/ada|secret/)
    },
  )
})

it('a session speaks for its own user, and ends with its connection', async () => {
  const eve = await openSocket(attacked, attacked.tokenOf('eve'))
  const headers = { authorization: `Session ${eve.session}` }
  expect((await attacked.rest('GET', 'notifications', { headers })).text).toBe('[]')
  const theirs = await attacked.rest('GET', 'notifications?user_id=ada', { headers })
  expect(theirs.status).toBe(403)
  await attacked.rest('DELETE', 'users/eve/connections', { as: SERVER_KEY })
  await expect.poll(() => eve.code).not.toBe(0)
  expect((await attacked.rest('GET', 'notifications', { headers })).status).toBe(401)
})

it('an idempotency key is one’s own', async () => {
  const headers = { 'idempotency-key': 'the-same' }
  const body = { topic: 'user:ada' }
  await attacked.rest('POST', 'subscriptions/topic', { as: attacked.tokenOf('ada'), body, headers })
  const answer = await attacked.rest('POST', 'subscriptions/topic', {
    as: attacked.tokenOf('eve'),
    body: { topic: 'user:eve' },
    headers,
  })
  expect(answer.status).toBe(201)
  expect(answer.body).toMatchObject({ user_id: 'eve', topic: 'user:eve' })
})
