import { beforeEach, describe, expect, it } from 'vitest'
import { type CheckedDocument, operationsOf } from '../rest/checked-fetch.ts'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import { codeOf } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

let attacked: AttackedHub

// The hub is in this process: what it pollutes is polluted here.
const pristine = {
  keys: Reflect.ownKeys(Object.prototype),
  arrays: Reflect.ownKeys(Array.prototype),
  functions: Reflect.ownKeys(Function.prototype),
}

function expectPristine(): void {
  expect(Reflect.ownKeys(Object.prototype)).toEqual(pristine.keys)
  expect(Reflect.ownKeys(Array.prototype)).toEqual(pristine.arrays)
  expect(Reflect.ownKeys(Function.prototype)).toEqual(pristine.functions)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
}

beforeEach(async () => {
  attacked = await AttackedHub.start({
    channels: { 'room:*': { history: true, presence: true, state: true } },
  })
  return async () => {
    expectPristine()
    await stillServes(attacked)
  }
})

/** Members of a JSON object, as text: an object of JavaScript would lose some. */
const HOSTILE = [
  '"__proto__":{"polluted":true}',
  '"constructor":{"prototype":{"polluted":true}}',
  '"prototype":{"polluted":true}',
  '"a":{"__proto__":{"polluted":true}}',
  '"a":[{"constructor":{"prototype":{"polluted":true}}}]',
  '"\\u005f_proto__":{"polluted":true}',
  '"__proto__":null',
  '"__proto__":[]',
  '"toString":1,"hasOwnProperty":1,"valueOf":null,"then":{}',
]

describe.each(WAYS_IN)('over %s', (_, open) => {
  it.each(HOSTILE)('a payload of %s passes as it is, and pollutes nothing', async (hostile) => {
    const ada = await openSocket(attacked, attacked.tokenOf('ada'))
    await ada.ask({ type: 'subscribe', channel: 'room:1' })
    const eve = await open(attacked, attacked.tokenOf('eve'))
    await eve.ask({ type: 'subscribe', channel: 'room:1' })
    const payload = JSON.parse(`{${hostile}}`)
    const sent = await eve.ask({ type: 'publish', channel: 'room:1', event: 'e', payload })
    expect(codeOf(sent)).toBe('ok')
    await expect.poll(() => ada.frames.some(({ type }) => type === 'event')).toBe(true)
    const event = ada.frames.find(({ type }) => type === 'event')
    expect(JSON.stringify(event?.payload)).toBe(JSON.stringify(payload))
    const { payload: page } = await eve.ask({ type: 'history', channel: 'room:1' })
    expect(JSON.stringify(page.events[0].payload)).toBe(JSON.stringify(payload))
  })

  it.each(HOSTILE)('%s in any other field is refused or kept as text', async (hostile) => {
    const eve = await open(attacked, attacked.tokenOf('eve'))
    const object = JSON.parse(`{${hostile}}`)
    const names = Object.keys(object)
    for (const frame of [
      { type: 'subscribe', presence: { status: 'online', data: object } },
      { type: 'subscribe', state: true, initial_state: object },
      { type: 'presence', data: object },
      { type: 'state', op_id: '1', set: object },
      { type: 'state', op_id: '2', set: { key: object } },
      { type: 'state', op_id: '3', delete: names },
      { type: 'read', event_id: '__proto__' },
      { type: 'message', payload: object },
      { type: 'publish', event: '__proto__', payload: 1, key: 'constructor', volatile: true },
      { type: '__proto__' },
      { type: 'constructor' },
      { type: 'toString' },
      object,
    ]) {
      const answer = await eve.ask({ channel: 'room:1', ...frame })
      expect.soft(codeOf(answer), JSON.stringify(frame)).not.toBe('internal')
      expectPristine()
    }
    const state = await attacked.hub.state.read('room:1')
    if (!state.ok) throw state.error
    expect(Object.keys(state.value.value)).not.toContain('__proto__')
    expect(Object.getPrototypeOf(state.value.value)).toBe(Object.prototype)
  })

  it.each(['__proto__', 'constructor', 'prototype', 'list/__proto__', '__proto__/item'])(
    'a key %s of shared state is refused',
    async (key) => {
      const eve = await open(attacked, attacked.tokenOf('eve'))
      await eve.ask({ type: 'subscribe', channel: 'room:1' })
      const set = JSON.parse(`{"${key}":1}`)
      const changed = await eve.ask({ type: 'state', channel: 'room:1', op_id: 'o', set })
      expect(['invalid_payload', 'bad_frame']).toContain(codeOf(changed))
      const state = await attacked.hub.state.read('room:1')
      expect(state).toMatchObject({ value: { version: 0 } })
    },
  )

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'one whose name is %s is a user like others',
    async (name) => {
      const way = await open(attacked, attacked.tokenOf(name))
      const joined = { type: 'subscribe', channel: 'room:1', presence: true, state: true }
      const { payload } = await way.ask(joined)
      expect(payload.presence).toMatchObject([{ user_id: name }])
      const publish = { type: 'publish', channel: 'room:1', event: name, payload: 1 }
      const sent = await way.ask({ ...publish, message_id: name })
      expect(sent.payload).toMatchObject({ duplicate: false, id: name })
      expect(codeOf(await way.ask({ type: 'read', channel: 'room:1', event_id: name }))).toBe('ok')
      const body = { title: name, message: name, recipients: [name] }
      await attacked.rest('POST', 'notifications', { as: SERVER_KEY, body })
      await expect.poll(() => way.frames.some(({ type }) => type === 'notification')).toBe(true)
      const { body: reads } = await attacked.rest('GET', 'channels/room:1/reads', {
        as: SERVER_KEY,
      })
      expect(reads.reads).toMatchObject([{ user_id: name, event_id: name }])
    },
  )
})

it.each(HOSTILE)('no body of REST with %s pollutes anything', async (hostile) => {
  const { body: document } = await attacked.rest('GET', '/openapi.json')
  const operations = operationsOf(document as CheckedDocument)
  let tried = 0
  for (const { method, path, operation } of operations) {
    const example = operation.requestBody?.content['application/json']?.example
    if (typeof example !== 'object' || example === null || Array.isArray(example)) continue
    const text = JSON.stringify(example)
    const inner = text.replace(/:\{/g, `:{${hostile},`).replaceAll(',}', '}')
    const withEmpty = text.replace(/:\{\}/g, `:{${hostile}}`)
    const outer = `{${hostile},${text.slice(1)}`.replaceAll(',}', '}')
    const filled = path.replaceAll(/\{[^}]+\}/g, '__proto__')
    for (const body of [outer, inner, withEmpty]) {
      const answer = await attacked.rest(method, filled, { as: SERVER_KEY, body })
      expect.soft(answer.status, `${method} ${path} ${body} ${answer.text}`).toBeLessThan(500)
      expectPristine()
      tried += 1
    }
  }
  expect(tried).toBeGreaterThan(40)
})

it.each(HOSTILE.slice(0, 6))('what would be kept is refused with %s', async (hostile) => {
  const token = attacked.tokenOf('ada')
  for (const [path, as, body] of [
    [
      'notifications',
      SERVER_KEY,
      `{"title":"t","message":"m","recipients":["ada"],"metadata":{${hostile}}}`,
    ],
    ['subscriptions/topic', token, `{"topic":"room:1","metadata":{${hostile}}}`],
    ['subscriptions/topic', token, `{"topic":"room:1","payload_filter":{${hostile}}}`],
    ['subscriptions/query', token, `{"topic":"room:1","query":{${hostile}}}`],
    ['rooms', SERVER_KEY, `{"id":"a","metadata":{${hostile}}}`],
    ['messages/broadcast', SERVER_KEY, `{"type":"m","payload":{${hostile}}}`],
  ] as const) {
    const answer = await attacked.rest('POST', path, { as, body })
    expect.soft([400, 422], `${path} ${answer.text}`).toContain(answer.status)
  }
  await attacked.publish('room:1', JSON.parse(`{${hostile}}`))
})
