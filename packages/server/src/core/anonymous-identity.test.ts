import type { ConnectionFrame, PublishReply } from '@coterie/protocol'
import { createTestHub, type TestUser } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

const UUID = '019e0000-0000-7000-8000-00000000000'
const options = {
  anonymous: true,
  channels: {
    'room:*': { subscribe: 'public', publish: 'public', history: true, presence: true },
    'board:*': { subscribe: 'public', state: true },
    'doc:*': { subscribe: 'public', state: { persist: true } },
  },
} as const

const welcomeOf = ({ frames }: TestUser): ConnectionFrame => {
  const [first] = frames
  if (first?.type !== 'connection') throw new Error('no connection frame')
  return first
}
const identityOf = (user: TestUser): string => welcomeOf(user).identity ?? ''
const announce = (user: TestUser, identity: string) =>
  user.request({ type: 'auth', identity }) as Promise<{ user_id: string; expires_at: null }>
const publish = (user: TestUser, channel: string, messageId: string) =>
  user.request({
    type: 'publish',
    channel,
    event: 'message',
    payload: 1,
    message_id: messageId,
  }) as Promise<PublishReply>

describe('an anonymous user who reconnects', () => {
  it('keeps its id on every node by the secret that the server gave it', async () => {
    const { connect } = await createTestHub({ ...options, nodes: 2 })
    const before = await connect(undefined)
    const { identity, user_id } = welcomeOf(before)
    expect(identity).toMatch(/^[A-Za-z0-9_-]{43}$/)
    await before.subscribe('room:1')
    before.cut()
    const after = await connect(undefined, 1)
    expect(welcomeOf(after).user_id).not.toBe(user_id)
    expect(await announce(after, identity ?? '')).toEqual({ user_id, expires_at: null })
    const { presence } = await after.subscribe('room:1', { presence: true })
    expect(presence).toMatchObject([{ user_id }])
  })

  it('keeps its id after a restart of the server', async () => {
    const first = await createTestHub(options)
    const before = await first.connect(undefined)
    const second = await createTestHub({ ...options, seed: 2 })
    const after = await second.connect(undefined)
    const known = await announce(after, identityOf(before))
    expect(known.user_id).toBe(welcomeOf(before).user_id)
  })

  it('does not publish its repeated messages twice, whatever their ids look like', async () => {
    const { connect } = await createTestHub(options)
    const before = await connect(undefined)
    const identity = identityOf(before)
    await before.subscribe('room:1')
    const first = await publish(before, 'room:1', 'm1')
    before.socket.halfOpen()
    const after = await connect(undefined)
    await announce(after, identity)
    await after.subscribe('room:1')
    expect(await publish(after, 'room:1', 'm1')).toEqual({ ...first, duplicate: true })
  })

  it('does not see its own broken connection as another user', async () => {
    const { connect, clock } = await createTestHub(options)
    const [before, watcher] = [await connect(undefined), await connect(undefined)]
    await watcher.subscribe('room:1', { presence: 'follow' })
    await before.subscribe('room:1', { presence: true })
    before.socket.halfOpen()
    const after = await connect(undefined)
    await announce(after, identityOf(before))
    const { presence = [] } = await after.subscribe('room:1', { presence: true })
    expect(new Set(presence.map(({ user_id }) => user_id))).toEqual(
      new Set([welcomeOf(before).user_id]),
    )
    await clock.advance(120_000)
    const left = watcher.frames.flatMap((frame) => (frame.type === 'presence' ? frame.leaves : []))
    expect(left).toEqual([])
  })
})

describe('the secret of an anonymous user', () => {
  it.each([
    '',
    'a',
    'a'.repeat(42),
    'a'.repeat(44),
    `${'a'.repeat(42)}=`,
    `${'a'.repeat(42)}\n`,
    `${'a'.repeat(42)}é`,
    5,
    null,
  ])('is not %j', async (identity) => {
    const { connect } = await createTestHub(options)
    const guest = await connect(undefined)
    const refused = expect(announce(guest, identity as string)).rejects
    await refused.toMatchObject({ code: 'bad_frame', details: { field: 'identity' } })
    await guest.subscribe('room:1')
  })

  it.each([{}, { token: 'ada', identity: 'a'.repeat(43) }])('comes alone (%j)', async (fields) => {
    const { connect } = await createTestHub(options)
    const guest = await connect(undefined)
    await expect(guest.request({ type: 'auth', ...fields })).rejects.toMatchObject({
      code: 'bad_frame',
      details: { field: 'token' },
    })
  })

  it('is in no frame for others, and does not follow from the user id', async () => {
    const { connect, hub } = await createTestHub(options)
    const [guest, other] = [await connect(undefined), await connect(undefined)]
    await other.subscribe('room:1', { presence: 'follow' })
    await guest.subscribe('room:1', { presence: true })
    await guest.publish('room:1', 'message', 1)
    await other.sees('event', { channel: 'room:1' })
    const identity = identityOf(guest)
    expect(guest.texts.filter((text) => text.includes(identity))).toHaveLength(1)
    expect(other.texts.some((text) => text.includes(identity))).toBe(false)
    const shown = JSON.stringify([hub.connections.list(), hub.figures()])
    expect(shown).not.toContain(identity)
    expect(`${welcomeOf(guest).user_id}`).not.toContain(identity.slice(0, 8))
  })

  it('is not given to users with a token, and does not replace a token', async () => {
    const { ada, connect } = await createTestHub({ ...options, users: ['ada'] })
    expect(welcomeOf(ada)).not.toHaveProperty('identity')
    await expect(announce(ada, 'a'.repeat(43))).rejects.toMatchObject({ code: 'forbidden' })
    const strict = await createTestHub()
    const stranger = await strict.connect(undefined)
    expect(welcomeOf(stranger)).not.toHaveProperty('identity')
    await expect(announce(stranger, 'a'.repeat(43))).rejects.toMatchObject({ code: 'unauthorized' })
    const guest = await connect(undefined)
    await announce(guest, identityOf(guest))
    await expect(guest.request({ type: 'auth', token: 'ada' })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('does not change the user of a connection that has acted already', async () => {
    const { connect } = await createTestHub(options)
    const [guest, other] = [await connect(undefined), await connect(undefined)]
    await guest.subscribe('room:1')
    await expect(announce(guest, identityOf(other))).rejects.toMatchObject({ code: 'forbidden' })
    expect((await announce(guest, identityOf(guest))).user_id).toBe(welcomeOf(guest).user_id)
  })

  it('opens no more connections than a user may have', async () => {
    const { connect } = await createTestHub({ ...options, limits: { connectionsPerUser: 2 } })
    const guest = await connect(undefined)
    for (let tab = 0; tab < 2; tab += 1) await announce(await connect(undefined), identityOf(guest))
    const third = await connect(undefined)
    await expect(announce(third, identityOf(guest))).rejects.toMatchObject({
      code: 'limit_exceeded',
    })
    await third.subscribe('room:1')
  })
})

describe('an anonymous client without its earlier secret', () => {
  it('does not publish a repeated message twice if its id cannot be guessed', async () => {
    const { connect } = await createTestHub(options)
    const before = await connect(undefined)
    await before.subscribe('room:1')
    const first = await publish(before, 'room:1', `${UUID}1`)
    const after = await connect(undefined)
    await after.subscribe('room:1')
    expect(await publish(after, 'room:1', `${UUID}1`)).toEqual({ ...first, duplicate: true })
  })

  it('does not run a trigger twice', async () => {
    const { connect, hub } = await createTestHub(options)
    let runs = 0
    hub.trigger('room:*', 'message', ({ stop }) => {
      runs += 1
      stop()
    })
    const before = await connect(undefined)
    await publish(before, 'room:1', `${UUID}2`)
    expect(await publish(await connect(undefined), 'room:1', `${UUID}2`)).toMatchObject({
      duplicate: true,
    })
    expect(runs).toBe(1)
  })

  it('does not receive the answer that a trigger gave to the first sender', async () => {
    const { connect, hub } = await createTestHub(options)
    hub.trigger('room:*', 'message', () => 'for its sender alone')
    const before = await connect(undefined)
    const first = await publish(before, 'room:1', `${UUID}6`)
    expect(first).toMatchObject({ result: 'for its sender alone' })
    const other = await publish(await connect(undefined), 'room:1', `${UUID}6`)
    expect(other).toMatchObject({ duplicate: true, id: first.id })
    expect(other).not.toHaveProperty('result')
    const after = await connect(undefined)
    await announce(after, identityOf(before))
    expect(await publish(after, 'room:1', `${UUID}6`)).toEqual({ ...first, duplicate: true })
  })

  it('does not replace a newer change of shared state by an older one', async () => {
    const { connect, hub } = await createTestHub(options)
    const [before, other] = [await connect(undefined), await connect(undefined)]
    const change = (user: TestUser, opId: string, value: string) =>
      user.request({ type: 'state', channel: 'doc:1', op_id: opId, set: { title: value } })
    await before.subscribe('doc:1', { state: true })
    await other.subscribe('doc:1', { state: true })
    await change(before, `${UUID}3`, 'old')
    await change(other, `${UUID}4`, 'new')
    const after = await connect(undefined)
    await after.subscribe('doc:1', { state: true })
    expect(await change(after, `${UUID}3`, 'old')).toEqual({ version: 1 })
    expect(await hub.state.read('doc:1')).toMatchObject({ value: { value: { title: 'new' } } })
  })

  it('may use the same short id as another anonymous user', async () => {
    const { connect } = await createTestHub(options)
    const [one, other] = [await connect(undefined), await connect(undefined)]
    expect(await publish(one, 'room:1', '1')).toMatchObject({ duplicate: false })
    expect(await publish(other, 'room:1', '1')).toMatchObject({ duplicate: false })
  })

  it('takes no message ids from a user with a token', async () => {
    const { ada, connect } = await createTestHub({ ...options, users: ['ada'] })
    await ada.subscribe('room:1')
    expect(await publish(await connect(undefined), 'room:1', `${UUID}5`)).toMatchObject({
      duplicate: false,
    })
    expect(await publish(ada, 'room:1', `${UUID}5`)).toMatchObject({ duplicate: false })
  })
})
