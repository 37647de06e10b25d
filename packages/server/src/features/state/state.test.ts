import type { StateFrame, StateReply, SubscribeReply } from '@coterie/protocol'
import { createTestHub, type TestUser, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'

const channels = {
  'board:*': { state: true },
  'doc:*': { state: { persist: true } },
  'plain:*': {},
  'owned:*': { state: true, subscribe: 'granted' },
} as const

const setUp = (options: object = {}) =>
  createTestHub({ users: ['ada', 'bob'], channels, ...options })

let lastOperation = 0
async function change(user: TestUser, channel: string, fields: object): Promise<StateReply> {
  lastOperation += 1
  const frame = { type: 'state', channel, op_id: `op-${lastOperation}`, ...fields }
  return (await user.request(frame)) as StateReply
}

const join = (user: TestUser, channel: string, options: object = {}): Promise<SubscribeReply> =>
  user.subscribe(channel, { state: true, ...options })

const stateFrames = (user: TestUser): StateFrame[] =>
  user.frames.filter((frame) => frame.type === 'state')

it('tells everybody each change in one order, and its sender the version', async () => {
  const { ada, bob } = await setUp()
  expect((await join(ada, 'board:1')).state).toEqual({ version: 0, value: {} })
  await join(bob, 'board:1')
  expect(await change(ada, 'board:1', { set: { x: 1, y: [2] }, op_id: 'mine' })).toEqual({
    version: 1,
  })
  expect(await change(bob, 'board:1', { set: { x: null }, delete: ['y'] })).toEqual({ version: 2 })
  const expected = [
    {
      version: 1,
      set: { x: 1, y: [2] },
      delete: [],
      from: { user_id: 'ada' },
      op_id: 'mine',
    },
    { version: 2, set: { x: null }, delete: ['y'], from: { user_id: 'bob' } },
  ]
  await ada.sees('state', { version: 2 })
  expect(stateFrames(ada)).toMatchObject(expected)
  expect(stateFrames(bob)).toMatchObject(expected)
})

it('gives who comes later the whole state, and then what changes', async () => {
  const { ada, bob, connect } = await setUp()
  await join(ada, 'board:1')
  await change(ada, 'board:1', { set: { x: 1 } })
  expect((await join(bob, 'board:1')).state).toEqual({ version: 1, value: { x: 1 } })
  const tab = await connect('bob')
  expect((await tab.subscribe('board:1')).state, 'only who asks').toBeUndefined()
  await change(ada, 'board:1', { set: { x: 2 } })
  await bob.sees('state', { version: 2, set: { x: 2 } })
  expect(stateFrames(bob)).toHaveLength(1)
  expect(stateFrames(tab)).toEqual([])
})

it('takes the initial state of the first who brings one', async () => {
  const { ada, bob } = await setUp()
  const first = await join(ada, 'board:1', { initial_state: { title: 'Untitled' } })
  expect(first.state).toEqual({ version: 1, value: { title: 'Untitled' } })
  const second = await join(bob, 'board:1', { initial_state: { title: 'Mine' } })
  expect(second.state).toEqual({ version: 1, value: { title: 'Untitled' } })
})

it('takes one initial state of two that come at the same moment', async () => {
  const { ada, bob, clock, hub } = await setUp({ nodes: 2 })
  for (const [name, user] of Object.entries({ ada, bob })) {
    const initial = { by: name, [name]: true }
    user.send({
      type: 'subscribe',
      id: 's',
      channel: 'board:1',
      state: true,
      initial_state: initial,
    })
  }
  await clock.settle()
  for (const user of [ada, bob]) await user.sees('reply', { id: 's' })
  expect(await hub.state.read('board:1')).toEqual({
    ok: true,
    value: { version: 1, value: { by: 'ada', ada: true } },
  })
  await ada.sees('reply', { payload: { state: { value: { by: 'ada' } } } })
  await bob.sees('reply', { payload: { state: { value: { by: 'ada' } } } })
})

it('makes a change once that is sent twice', async () => {
  const { ada, bob } = await setUp()
  await join(ada, 'board:1')
  await join(bob, 'board:1')
  const sent = { set: { x: 1 }, op_id: 'again', if_version: 0 }
  await change(ada, 'board:1', sent)
  await change(bob, 'board:1', { set: { x: 2 } })
  expect(await change(ada, 'board:1', sent)).toEqual({ version: 1 })
  expect((await join(bob, 'board:1')).state).toEqual({ version: 2, value: { x: 2 } })
})

it('refuses a change that was made for another version, and says which it is', async () => {
  const { ada } = await setUp()
  await join(ada, 'board:1')
  await change(ada, 'board:1', { set: { x: 1 } })
  await expect(change(ada, 'board:1', { set: { x: 2 }, if_version: 0 })).rejects.toMatchObject({
    code: 'conflict',
    details: { version: 1 },
  })
})

it.each([
  ['{"__proto__":1}', /__proto__ cannot be used as a key/],
  ['{"constructor":1}', /constructor cannot be used as a key/],
  ['{"list/__proto__":1}', /__proto__ cannot be used as a key/],
  ['{"x":{"deep":[{"__proto__":{}}]}}', /__proto__ cannot be used as a key, as in the value of x/],
  ['{"":1}', /1–200 characters/],
  [`{"${'k'.repeat(201)}":1}`, /1–200 characters/],
  ['{}', /expected at least one key/],
])('refuses to set %s', async (set, message) => {
  const { ada } = await setUp()
  await join(ada, 'board:1')
  ada.sendText(`{"type":"state","id":"s","op_id":"o","channel":"board:1","set":${set}}`)
  const error = await ada.sees('error', { id: 's', code: 'invalid_payload' })
  expect(error.message).toMatch(message)
  const seeded = join(ada, 'board:1', { initial_state: JSON.parse(set) as object })
  if (set === '{}') await seeded
  else await expect(seeded).rejects.toMatchObject({ code: 'invalid_payload' })
})

it('refuses a key that is both set and deleted', async () => {
  const { ada } = await setUp()
  await join(ada, 'board:1')
  await expect(change(ada, 'board:1', { set: { x: 1 }, delete: ['x'] })).rejects.toThrow(
    'x is both set and deleted',
  )
})

it('bounds bytes and keys, and lets who takes away', async () => {
  const { ada } = await setUp({ limits: { stateBytes: 100, stateKeys: 3 } })
  await join(ada, 'board:1')
  await change(ada, 'board:1', { set: { a: 'x'.repeat(90) } })
  await expect(change(ada, 'board:1', { set: { b: 'x'.repeat(10) } })).rejects.toMatchObject({
    code: 'too_large',
    message: 'the state of board:1 has at most 100 bytes',
  })
  await change(ada, 'board:1', { set: { a: 1, b: 1, c: 1 } })
  await expect(change(ada, 'board:1', { set: { d: 1 } })).rejects.toMatchObject({
    code: 'limit_exceeded',
    message: 'the state of board:1 has at most 3 keys',
  })
  await change(ada, 'board:1', { set: { d: 1 }, delete: ['a'] })
  await change(ada, 'board:1', { delete: ['b', 'c', 'd'] })
  expect((await join(ada, 'board:1')).state?.value).toEqual({})
})

it('holds the bounds also for changes that are under way together', async () => {
  const { ada, clock } = await setUp({ limits: { stateBytes: 100 } })
  await join(ada, 'board:1')
  for (const key of ['a', 'b', 'c']) {
    ada.send({
      type: 'state',
      id: key,
      op_id: key,
      channel: 'board:1',
      set: { [key]: 'x'.repeat(60) },
    })
  }
  await clock.settle()
  await ada.sees('reply', { id: 'a' })
  await ada.sees('error', { id: 'b', code: 'too_large' })
  await ada.sees('error', { id: 'c', code: 'too_large' })
})

it('refuses who is not in the channel, or may not, or where no state is kept', async () => {
  const { ada, bob, connect } = await setUp()
  await expect(change(ada, 'board:1', { set: { x: 1 } })).rejects.toMatchObject({
    code: 'not_member',
  })
  await expect(join(ada, 'plain:1')).rejects.toThrow('plain:1 keeps no shared state')
  await bob.subscribe('plain:1')
  await expect(change(bob, 'plain:1', { set: { x: 1 } })).rejects.toThrow(
    'plain:1 keeps no shared state',
  )
  const grants = [{ channels: 'owned:*', actions: ['subscribe'] as const }]
  const reader = await connect('eve', 0, testPrincipal('eve', { grants }))
  const reply = await join(reader, 'owned:1', { initial_state: { x: 1 } })
  expect(reply.state, 'may look, and brings nothing').toEqual({ version: 0, value: {} })
  await expect(change(reader, 'owned:1', { set: { x: 1 } })).rejects.toMatchObject({
    code: 'forbidden',
  })
})

it('reaches users of other nodes', async () => {
  const { ada, bob } = await setUp({ nodes: 2 })
  await join(ada, 'board:1')
  await join(bob, 'board:1')
  await change(ada, 'board:1', { set: { x: 1 } })
  await bob.sees('state', { version: 1, set: { x: 1 }, from: { user_id: 'ada' } })
})

it('forgets the state a while after the last user left, unless it is to persist', async () => {
  const { ada, clock } = await setUp()
  for (const channel of ['board:1', 'doc:1']) {
    await join(ada, channel)
    await change(ada, channel, { set: { x: 1 } })
    await ada.unsubscribe(channel)
  }
  await clock.advance(59_000)
  expect((await join(ada, 'board:1')).state?.value, 'soon enough').toEqual({ x: 1 })
  await ada.unsubscribe('board:1')
  await clock.advance(60_000)
  expect((await join(ada, 'board:1')).state?.value).toEqual({})
  expect((await join(ada, 'doc:1')).state?.value).toEqual({ x: 1 })
})

it('keeps the state while somebody on another node uses it', async () => {
  const { ada, bob, clock } = await setUp({ nodes: 2 })
  await join(ada, 'board:1')
  await join(bob, 'board:1')
  await change(ada, 'board:1', { set: { x: 1 } })
  await ada.unsubscribe('board:1')
  await clock.advance(120_000)
  expect((await join(ada, 'board:1')).state?.value).toEqual({ x: 1 })
  await ada.unsubscribe('board:1')
  await bob.unsubscribe('board:1')
  await clock.advance(120_000)
  expect((await join(ada, 'board:1')).state?.value).toEqual({})
})

it('forgets what a process left behind that is gone', async () => {
  const { ada, bob, clock, hubs } = await setUp({ nodes: 2 })
  await join(bob, 'board:1')
  await change(bob, 'board:1', { set: { x: 1 } })
  const closed = hubs[1]?.close()
  await clock.advance(60_000)
  await closed
  expect((await join(ada, 'board:1')).state?.value).toEqual({})
})

it('is read and changed by the application', async () => {
  const { ada, hub } = await setUp()
  await join(ada, 'board:1')
  expect(await hub.state.change('board:1', { set: { x: 1 } })).toEqual({
    ok: true,
    value: { version: 1 },
  })
  await ada.sees('state', { version: 1, set: { x: 1 }, from: null, op_id: null })
  expect(await hub.state.read('board:1')).toEqual({
    ok: true,
    value: { version: 1, value: { x: 1 } },
  })
  const stale = await hub.state.change('board:1', { delete: ['x'] }, { ifVersion: 0 })
  expect(stale).toMatchObject({ ok: false, error: { code: 'conflict' } })
  expect(await hub.state.read('plain:1')).toMatchObject({ error: { code: 'forbidden' } })
})
