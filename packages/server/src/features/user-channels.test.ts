import { tenantChannel, userChannel } from '@coterie/protocol'
import { createTestHub, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { Principal } from '../ports/principal.ts'

const ALL = [{ channels: '#', actions: ['*' as const] }]
const RULES = { history: true, presence: true, state: true } as const

/** Ids that a token may carry, and that are no segment of a name. */
const IDS = ['google:123', 'auth0|5f7c', 'a b', 'ö', 'a:b:c', ':', '*', '=YWRh', 'ä'.repeat(128)]

const undeclared = { undeclared: 'allow', channels: { '#': RULES } } as const

it.each(IDS)('the user %j hears their own channel, whatever it is called', async (id) => {
  const { hub, connect } = await createTestHub(undeclared)
  const owner = await connect(id)
  const channel = userChannel(id)
  for (const name of new Set([channel, ...(id === '*' ? [] : [`user:${id}`])])) {
    const published = await hub.publish(name, 'note', name)
    expect(published).toMatchObject({ ok: true, value: { receivers: 1 } })
    await owner.sees('event', { channel, payload: name })
    expect((await owner.subscribe(name, { recent: 10 })).channel).toBe(channel)
  }
})

describe('what is below user:', () => {
  const others = [
    'google:124',
    'google',
    '123',
    'google:123:',
    'googlex123',
    userChannel('google:123'),
  ]

  it.each(others)('is not for %j, with any grant and by any frame', async (id) => {
    const { hub, connect } = await createTestHub(undeclared)
    const eve = await connect(id, 0, testPrincipal(id, { grants: ALL }))
    for (const pattern of ['#', 'user:#', 'user:*', 'user:google:*', '*:*', '*:*:*']) {
      await eve.subscribe(pattern)
    }
    await hub.publish('user:google:123', 'note', 'a secret')
    for (const channel of ['user:google:123', userChannel('google:123')]) {
      const frames = [
        { type: 'subscribe', channel },
        { type: 'subscribe', channel, recent: 1, presence: 'follow', state: true },
        { type: 'publish', channel, event: 'e', payload: 1 },
        { type: 'history', channel },
        { type: 'presence', channel },
        { type: 'state', channel, op_id: 'o', set: { a: 1 } },
        { type: 'typing', channel },
        { type: 'read', channel, event_id: 'x' },
      ] as const
      for (const frame of frames) {
        const asked = eve.request(frame)
        await expect(asked, frame.type).rejects.toMatchObject({
          code: expect.stringMatching(/^(forbidden|not_member)$/),
        })
      }
    }
    await hub.publish(`user:${id}`, 'note', 'own')
    await eve.sees('event', { payload: 'own' })
    expect(JSON.stringify(eve.frames)).not.toContain('a secret')
  })

  it('is published to by the server only, however a catch-all is declared', async () => {
    const { connect } = await createTestHub({ channels: { '#': { publish: 'authenticated' } } })
    const owner = await connect('google:123')
    const published = owner.publish('user:google:123', 'e', 1)
    await expect(published).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is read by one name, in process and for its owner', async () => {
    const { hub, connect } = await createTestHub(undeclared)
    const ada = await connect('google:123')
    const raw = 'user:google:123'
    await ada.subscribe(raw)
    const channel = userChannel('google:123')
    await hub.publish(raw, 'note', 1)
    const owner = { principal: testPrincipal('google:123'), address: '', isMember: false }
    const eve = {
      principal: testPrincipal('google', { grants: ALL }),
      address: '',
      isMember: false,
    }
    const query = { limit: 10, reverse: false }
    for (const name of [raw, channel]) {
      await hub.state.change(name, { set: { [name]: 1 } })
      const all = [
        hub.channelReader.describe(name, owner),
        hub.channelReader.history(name, query, owner),
        hub.presenceReader.read(name, query, owner),
        hub.state.readText(name, owner),
        hub.ephemeral.readMarksFor(name, owner),
      ]
      for (const read of await Promise.all(all)) expect(read).toMatchObject({ ok: true })
      const foreign = [
        hub.channelReader.describe(name, eve),
        hub.channelReader.history(name, query, eve),
        hub.presenceReader.read(name, query, eve),
        hub.state.readText(name, eve),
        hub.ephemeral.readMarksFor(name, eve),
      ]
      for (const read of await Promise.all(foreign)) {
        expect(read).toMatchObject({ ok: false, error: { code: 'forbidden' } })
      }
    }
    const described = await hub.channelReader.describe(raw, undefined)
    expect(described).toMatchObject({ ok: true, value: { channel, connections: 1 } })
    const state = await hub.state.read(raw)
    expect(state).toMatchObject({ ok: true, value: { value: { [raw]: 1, [channel]: 1 } } })
    expect(hub.connections.list({ channel: raw })).toMatchObject({ ok: true, value: [{}] })
    expect(hub.channelReader.list(undefined)).toEqual([channel])
  })

  it('is one channel for the clients of the process', async () => {
    const { hub, connect } = await createTestHub()
    const owner = await connect('google:123')
    const raw = 'user:google:123'
    expect(hub.createChannel(raw)).toBe(true)
    expect(hub.createChannel(userChannel('google:123'))).toBe(false)
    const subscriber = hub.join(raw, 'a worker')
    expect(hub.publish(raw, 'hello')).toBe(2)
    await owner.sees('event', { channel: userChannel('google:123'), payload: 'hello' })
    expect(subscriber.tryReceive()).toBe('hello')
    expect(hub.getPresence(userChannel('google:123'))).toHaveLength(1)
    expect(hub.leave(raw, 'a worker')).toBe(true)
    expect(hub.presence.count(raw)).toBe(0)
    expect(hub.removeChannel(raw)).toBe(true)
  })

  it('is declared and named by the id as it is', async () => {
    const rules = { history: { size: 7, ttlMs: 1_000 } }
    const { hub } = await createTestHub({ channels: { 'user:google:123': rules } })
    const described = await hub.channelReader.describe('user:google:123', undefined)
    expect(described).toMatchObject({ ok: true, value: { history: { size: 7 } } })
  })

  it('is stored as a topic by its owner alone', async () => {
    const { hub } = await createTestHub(undeclared)
    const store = (userId: string, topic: string) =>
      hub.subscriptions.createTopicSubscription(
        { userId, topic },
        testPrincipal(userId, { grants: ALL }),
      )
    const stored = await store('google:123', 'user:google:123')
    expect(stored).toMatchObject({ ok: true })
    expect(stored.ok && stored.value.stored.topic).toBe(userChannel('google:123'))
    for (const topic of ['user:google:123', userChannel('google:123'), 'user:google:*']) {
      expect(await store('google', topic)).toMatchObject({ error: { code: 'forbidden' } })
    }
    const resource = await hub.subscriptions.createResourceSubscription(
      { userId: 'eve', resourceType: 'user:google', resourceId: '123' },
      testPrincipal('eve', { grants: ALL }),
    )
    expect(resource).toMatchObject({ error: { code: 'forbidden' } })
  })
})

describe('the channels of a tenant', () => {
  const ofTenant = (tenant: string): Principal => testPrincipal('ada', { tenant })

  it.each(['acme|eu', 'a:b', 'ö', '=YWRh', 'x y'])(
    'are for the tenant %j alone',
    async (tenant) => {
      const { hub, connect } = await createTestHub({ channels: { 'tenant:#': RULES } })
      const ada = await connect('ada', 0, ofTenant(tenant))
      const channel = tenantChannel(tenant, 'orders')
      await ada.subscribe(channel)
      await hub.publish(channel, 'e', 1)
      await ada.sees('event', { channel, payload: 1 })
      for (const other of ['acme', 'a', channel.split(':')[1] as string]) {
        const eve = await connect('eve', 0, ofTenant(other))
        await expect(eve.subscribe(channel)).rejects.toMatchObject({ code: 'forbidden' })
        eve.cut()
      }
    },
  )

  it('are found by the id as it is, where it holds no colon', async () => {
    const { hub, connect } = await createTestHub({ channels: { 'tenant:#': RULES } })
    const ada = await connect('ada', 0, ofTenant('acme|eu'))
    const joined = await ada.subscribe('tenant:acme|eu:orders')
    expect(joined.channel).toBe(tenantChannel('acme|eu', 'orders'))
    expect(await hub.publish('tenant:acme|eu:orders', 'e', 1)).toMatchObject({
      value: { receivers: 1 },
    })
  })
})
