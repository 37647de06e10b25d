import { beforeEach, describe, expect, it } from 'vitest'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { stillServes } from './still-serves.ts'
import { codeOf, type WayIn } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

const ALL = [{ channels: 'orders:#', actions: ['*' as const] }]

let attacked: AttackedHub
let isRuleOpen: boolean

beforeEach(async () => {
  isRuleOpen = true
  attacked = await AttackedHub.start({
    channels: {
      'orders:#': { subscribe: 'granted', history: true, presence: true, state: true },
      'ruled:*': { subscribe: () => isRuleOpen, history: true, presence: true, state: true },
      'room:*': { history: true, presence: true, state: true },
      'fence:*': {},
    },
  })
  return () => stillServes(attacked)
})

/** Resolves when all that was published before has reached a connection, or never will. */
async function settled(way: WayIn): Promise<void> {
  expect(codeOf(await way.ask({ type: 'subscribe', channel: 'fence:1' }))).toBe('ok')
  await attacked.publish('fence:1', 'fence')
  await expect.poll(() => way.frames.map(({ payload }) => payload)).toContain('fence')
}

async function readsNothing(way: WayIn, channel: string, position: string): Promise<void> {
  for (const frame of [
    { type: 'subscribe', channel },
    { type: 'subscribe', channel, since: position },
    { type: 'subscribe', channel, since: `${position.split(':')[0]}:0` },
    { type: 'subscribe', channel, recent: 10 },
    { type: 'history', channel },
    { type: 'history', channel, since: position, reverse: true },
  ]) {
    const answer = await way.ask(frame)
    expect.soft(codeOf(answer), JSON.stringify(frame)).toBe('forbidden')
  }
  for (const path of ['', '/history', '/presence', '/state', '/reads']) {
    const headers = { authorization: `Session ${way.session}` }
    const answer = await attacked.rest('GET', `channels/${channel}${path}`, { headers })
    expect.soft(codeOf(answer), path).toBe('403 forbidden')
  }
  await settled(way)
  expect(JSON.stringify(way.frames)).not.toContain('a secret')
}

/** Says that a stream of that channel cannot be resumed by another token. */
async function refusesStream(token: string, channel: string, position: string): Promise<void> {
  for (const headers of [{ 'last-event-id': position }, {}] as Record<string, string>[]) {
    const path = `events?channels=${channel}&since=${position}`
    const answer = await attacked.rest('GET', path, { as: token, headers })
    expect(codeOf(answer)).toBe('403 forbidden')
  }
}

describe.each(WAYS_IN)('over %s', (_, open) => {
  it('a token that allows less ends what came by name and by pattern', async () => {
    const eve = await open(attacked, attacked.tokenOf('eve', { grants: ALL }))
    const joined = { type: 'subscribe', channel: 'orders:1', presence: true, state: true }
    const { payload } = await eve.ask(joined)
    expect(codeOf(await eve.ask({ type: 'subscribe', channel: 'orders:#' }))).toBe('ok')
    const less = attacked.tokenOf('eve', { grants: [{ channels: 'orders:2', actions: ['*'] }] })
    expect(codeOf(await eve.ask({ type: 'auth', token: less }))).toBe('ok')
    for (const channel of ['orders:1', 'orders:#']) {
      await expect
        .poll(() => eve.frames)
        .toContainEqual(expect.objectContaining({ type: 'unsubscribed', channel }))
    }
    await attacked.publish('orders:1', 'a secret')
    await attacked.publish('orders:1:more', 'a secret')
    await attacked.hub.state.change('orders:1', { set: { key: 'a secret' } })
    expect(codeOf(await eve.ask({ type: 'typing', channel: 'orders:1' }))).toBe('not_member')
    await readsNothing(eve, 'orders:1', payload.position)
    await refusesStream(less, 'orders:1', payload.position)
  })

  it('a rule that closes ends reading back, resuming and patterns at once', async () => {
    const grants = [{ channels: 'ruled:*', actions: ['*' as const] }]
    const token = attacked.tokenOf('eve', { grants })
    const eve = await open(attacked, token)
    const { payload } = await eve.ask({ type: 'subscribe', channel: 'ruled:1' })
    expect(codeOf(await eve.ask({ type: 'unsubscribe', channel: 'ruled:1' }))).toBe('ok')
    expect(codeOf(await eve.ask({ type: 'subscribe', channel: 'ruled:*' }))).toBe('ok')
    isRuleOpen = false
    await attacked.publish('ruled:1', 'a secret')
    await readsNothing(eve, 'ruled:1', payload.position)
    await refusesStream(token, 'ruled:1', payload.position)
    const byPattern = await eve.ask({ type: 'subscribe', channel: 'ruled:*', recent: 10 })
    expect(byPattern.payload.events).toEqual([])
  })

  it('a rule that closes ends live delivery with the next token', async () => {
    const eve = await open(attacked, attacked.tokenOf('eve'))
    const { payload } = await eve.ask({ type: 'subscribe', channel: 'ruled:1', presence: true })
    isRuleOpen = false
    expect(codeOf(await eve.ask({ type: 'auth', token: attacked.tokenOf('eve') }))).toBe('ok')
    await attacked.publish('ruled:1', 'a secret')
    await readsNothing(eve, 'ruled:1', payload.position)
  })

  it('a ban ends everything, whatever the way', async () => {
    const grants = [{ channels: '#', actions: ['*' as const] }]
    const token = attacked.tokenOf('eve', { grants })
    const eve = await open(attacked, token)
    const { payload } = await eve.ask({ type: 'subscribe', channel: 'room:1', presence: true })
    expect(codeOf(await eve.ask({ type: 'subscribe', channel: '#' }))).toBe('ok')
    await attacked.rest('PUT', 'rooms/1/bans/eve', { as: SERVER_KEY, body: {} })
    await expect
      .poll(() => eve.frames)
      .toContainEqual(expect.objectContaining({ type: 'unsubscribed', channel: 'room:1' }))
    await attacked.publish('room:1', 'a secret')
    for (const type of ['typing', 'presence']) {
      expect(codeOf(await eve.ask({ type, channel: 'room:1' }))).toBe('not_member')
    }
    await readsNothing(eve, 'room:1', payload.position)
    await refusesStream(token, 'room:1', payload.position)
  })

  it('a kick ends it until one enters again', async () => {
    const eve = await open(attacked, attacked.tokenOf('eve'))
    await eve.ask({ type: 'subscribe', channel: 'room:1' })
    await attacked.rest('POST', 'rooms/1/kick', { as: SERVER_KEY, body: { user_id: 'eve' } })
    await expect
      .poll(() => eve.frames)
      .toContainEqual(expect.objectContaining({ type: 'unsubscribed', channel: 'room:1' }))
    await attacked.publish('room:1', 'a secret')
    await settled(eve)
    expect(JSON.stringify(eve.frames)).not.toContain('a secret')
    const publish = { type: 'publish', channel: 'room:1', event: 'e', payload: 1 }
    expect(codeOf(await eve.ask(publish))).toBe('not_member')
  })

  it('a new password ends resuming by the old one', async () => {
    await attacked.hub.rooms.create('locked', { password: 'the old one', persist: true })
    const eve = await open(attacked, attacked.tokenOf('eve'))
    const join = { type: 'subscribe', channel: 'room:locked', password: 'the old one' }
    const { payload } = await eve.ask(join)
    expect(codeOf(await eve.ask({ type: 'unsubscribe', channel: 'room:locked' }))).toBe('ok')
    await attacked.hub.rooms.update('locked', { password: 'the new one' })
    await attacked.publish('room:locked', 'a secret')
    const again = await eve.ask({ ...join, since: payload.position })
    expect(codeOf(again)).toBe('wrong_password')
    const { password: _, ...without } = join
    expect(codeOf(await eve.ask({ ...without, since: payload.position }))).toBe('wrong_password')
    expect(codeOf(await eve.ask({ type: 'history', channel: 'room:locked' }))).toBe('not_member')
    await settled(eve)
    expect(JSON.stringify(eve.frames)).not.toContain('a secret')
  })

  it('what resumes as it is taken away does not come', async () => {
    const eve = await open(attacked, attacked.tokenOf('eve', { grants: ALL }))
    const { payload } = await eve.ask({ type: 'subscribe', channel: 'orders:1' })
    await attacked.publish('orders:1', 'no secret yet')
    await eve.ask({ type: 'unsubscribe', channel: 'orders:1' })
    const token = attacked.tokenOf('eve')
    const [, resumed] = await Promise.all([
      eve.ask({ type: 'auth', token }),
      eve.ask({ type: 'subscribe', channel: 'orders:1', since: payload.position }),
    ])
    await attacked.publish('orders:1', 'a secret')
    await settled(eve)
    // It may have been quicker than the token, but then it has ended with it.
    if (codeOf(resumed) !== 'ok') expect(codeOf(resumed)).toBe('forbidden')
    expect(JSON.stringify(eve.frames)).not.toContain('a secret')
  })

  it('a stored subscription brings nothing once its grant is gone', async () => {
    const token = attacked.tokenOf('eve', { grants: ALL })
    for (const topic of ['orders:1', 'orders:#']) {
      const stored = await attacked.rest('POST', 'subscriptions/topic', {
        as: token,
        body: { topic },
      })
      expect(stored.status).toBe(201)
    }
    const eve = await open(attacked, token)
    await attacked.publish('orders:1', 'no secret yet')
    await expect.poll(() => eve.frames.map(({ payload }) => payload)).toContain('no secret yet')
    expect(codeOf(await eve.ask({ type: 'auth', token: attacked.tokenOf('eve') }))).toBe('ok')
    await attacked.publish('orders:1', 'a secret')
    await settled(eve)
    expect(JSON.stringify(eve.frames)).not.toContain('a secret')
  })

  it.each(['DELETE', 'PATCH'])('a stored subscription ends with its %s', async (method) => {
    const token = attacked.tokenOf('eve', { grants: ALL })
    const { body } = await attacked.rest('POST', 'subscriptions/topic', {
      as: token,
      body: { topic: 'orders:1', metadata: { notification_channel: 'in-app' } },
    })
    const eve = await open(attacked, token)
    const ended =
      method === 'DELETE'
        ? await attacked.rest('DELETE', `subscriptions/${body.id}`, { as: token })
        : await attacked.rest('PATCH', `subscriptions/${body.id}/status`, {
            as: token,
            body: { status: 'paused' },
          })
    expect(ended.status).toBeLessThan(300)
    await attacked.publish('orders:1', 'a secret')
    await settled(eve)
    expect(JSON.stringify(eve.frames)).not.toContain('a secret')
    const { text } = await attacked.rest('GET', 'notifications', { as: token })
    expect(text).toBe('[]')
  })
})
