import { RealtimeError } from '@coterie/protocol'
import { createTestHub } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { ClientContext, MembershipContext } from './trigger.ts'

const ROOM = 'room:1'

describe('join and leave', () => {
  it('run once each, with who it is and why', async () => {
    const { hub, ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
    const told: MembershipContext<{ id: string }>[] = []
    const note = (context: MembershipContext<{ id: string }>): void => void told.push(context)
    hub.trigger('room:{id}', 'join', note)
    hub.trigger('room:{id}', 'leave', note)
    await ada.subscribe(ROOM)
    await ada.subscribe(ROOM)
    await ada.unsubscribe(ROOM)
    await ada.unsubscribe(ROOM)
    await bob.subscribe(ROOM)
    bob.cut()
    await ada.subscribe(ROOM)
    await expect.poll(() => told.length).toBe(5)
    const params = { id: '1' }
    expect(told).toMatchObject([
      { event: 'join', channel: ROOM, params, auth: { userId: 'ada' }, reason: undefined },
      { event: 'leave', channel: ROOM, params, auth: { userId: 'ada' }, reason: 'unsubscribed' },
      { event: 'join', auth: { userId: 'bob' } },
      { event: 'leave', auth: { userId: 'bob' }, reason: 'closed' },
      { event: 'join', auth: { userId: 'ada' } },
    ])
  })

  it('do not run for an event that a client calls so', async () => {
    const { hub, ada } = await createTestHub({ users: ['ada'] })
    await ada.subscribe(ROOM)
    let runs = 0
    hub.trigger('room:*', 'join', () => {
      runs += 1
    })
    await ada.publish(ROOM, 'join', { user_id: 'bob' })
    expect(runs).toBe(0)
  })

  it('refuse who may not come in, before anybody sees them', async () => {
    const { hub, ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
    const left: string[] = []
    hub.trigger('room:*', 'join', ({ auth }) => {
      if (auth.userId === 'bob') throw new RealtimeError('forbidden', 'members only')
    })
    hub.trigger('room:*', 'leave', ({ auth }) => void left.push(auth.userId))
    await ada.subscribe(ROOM, { presence: true })
    await expect(bob.subscribe(ROOM, { presence: true })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'members only',
    })
    await hub.publish(ROOM, 'news', 1)
    await ada.sees('event', { event: 'news' })
    expect(bob.payloads(ROOM)).toEqual([])
    await expect(bob.publish(ROOM, 'say', 1)).rejects.toMatchObject({ code: 'not_member' })
    expect(ada.frames.filter(({ type }) => type === 'presence')).toEqual([])
    expect(left).toEqual([])
    await expect(ada.subscribe('room:2')).resolves.toMatchObject({ channel: 'room:2' })
  })

  it('do not run for one whom the room itself refuses', async () => {
    const { hub, ada } = await createTestHub({ users: ['ada'], rooms: { 1: { password: 'pass' } } })
    let runs = 0
    const count = (): void => {
      runs += 1
    }
    hub.trigger('room:*', 'join', count)
    hub.trigger('room:*', 'leave', count)
    await expect(ada.subscribe(ROOM, { password: 'word' })).rejects.toMatchObject({
      code: 'wrong_password',
    })
    expect(runs).toBe(0)
    await ada.subscribe(ROOM, { password: 'pass' })
    expect(runs).toBe(1)
  })

  it('are whole where a connection ends while it joins', async () => {
    const { hub, ada, clock } = await createTestHub({ users: ['ada'] })
    const order: string[] = []
    const wait = (): Promise<void> => new Promise<void>((resolve) => clock.setTimer(resolve, 1_000))
    hub.trigger('room:*', 'join', async () => {
      order.push('joining')
      await wait()
      order.push('joined')
    })
    hub.trigger('room:*', 'leave', async () => {
      await wait()
      order.push('left')
    })
    hub.trigger('disconnect', () => void order.push('disconnected'))
    ada.send({ type: 'subscribe', channel: ROOM })
    await clock.until(() => order.length > 0)
    ada.cut()
    await clock.advance(5_000)
    expect(order.filter((each) => each !== 'disconnected')).toEqual(['joining', 'joined', 'left'])
    expect(order).toContain('disconnected')
  })

  it('let a join wait for the leave before it, and a disconnect for all leaves', async () => {
    const { hub, ada, clock } = await createTestHub({ users: ['ada'] })
    const order: string[] = []
    hub.trigger('room:*', 'join', () => void order.push('join'))
    hub.trigger('room:*', 'leave', async () => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 1_000))
      order.push('leave')
    })
    hub.trigger('disconnect', () => void order.push('disconnect'))
    await ada.subscribe(ROOM)
    await ada.unsubscribe(ROOM)
    await ada.subscribe(ROOM)
    ada.cut()
    await clock.advance(5_000)
    expect(order).toEqual(['join', 'leave', 'join', 'leave', 'disconnect'])
  })
})

describe('connect and disconnect', () => {
  it('run once for each connection, when its user is known and when it has ended', async () => {
    const { hub, connect } = await createTestHub()
    const told: ClientContext[] = []
    hub.trigger('connect', (context) => void told.push(context))
    hub.trigger('disconnect', (context) => void told.push(context))
    const ada = await connect(undefined)
    expect(told).toEqual([])
    await ada.request({ type: 'auth', token: 'ada' })
    await ada.request({ type: 'auth', token: 'ada' })
    const { connectionId } = ada.socket
    ada.cut()
    await expect.poll(() => told.length).toBe(2)
    expect(told).toMatchObject([
      { event: 'connect', auth: { userId: 'ada' }, connection: { id: connectionId } },
      { event: 'disconnect', auth: { userId: 'ada' }, connection: { id: connectionId } },
    ])
  })

  it('refuse a user, who is served nothing meanwhile', async () => {
    const { hub, connect, clock } = await createTestHub()
    const ended: string[] = []
    hub.trigger('connect', async ({ auth }) => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 1_000))
      if (auth.userId === 'bob') throw new RealtimeError('forbidden', 'no longer a customer')
    })
    hub.trigger('disconnect', ({ auth }) => void ended.push(auth.userId))
    const served: string[] = []
    hub.trigger('message', ({ auth }) => void served.push(auth.userId))
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    for (const user of [bob, ada]) user.send({ type: 'message', payload: 1 })
    bob.send({ type: 'subscribe', id: 's', channel: ROOM })
    ada.send({ type: 'subscribe', id: 's', channel: ROOM })
    ada.send({ type: 'publish', id: 'p', channel: ROOM, event: 'say', payload: 1 })
    expect(await bob.end()).toEqual({ code: 4503, reason: 'no longer a customer' })
    expect(bob.frames.at(-1)).toMatchObject({ type: 'error', code: 'forbidden' })
    expect(bob.frames.some(({ type }) => type === 'reply')).toBe(false)
    await ada.sees('reply', { id: 's' })
    await ada.sees('reply', { id: 'p' })
    expect(served).toEqual(['ada'])
    ada.cut()
    await expect.poll(() => ended).toEqual(['ada'])
  })

  it('let an anonymous user in when it acts', async () => {
    const { hub, connect } = await createTestHub({
      anonymous: true,
      channels: { lobby: { subscribe: 'public' } },
    })
    const users: string[] = []
    hub.trigger('connect', async ({ auth }) => void users.push(auth.userId))
    const guest = await connect(undefined)
    expect(users).toEqual([])
    await guest.subscribe('lobby')
    expect(users).toEqual([expect.stringMatching(/^anon-/)])
  })

  it('refuse an anonymous user before the first act', async () => {
    const { hub, connect } = await createTestHub({ anonymous: true })
    let isServed = false
    hub.trigger('connect', () => Promise.reject(new RealtimeError('forbidden', 'sign in')))
    hub.trigger('message', () => {
      isServed = true
    })
    const guest = await connect(undefined)
    guest.send({ type: 'message', payload: 1 })
    expect(await guest.end()).toEqual({ code: 4503, reason: 'sign in' })
    expect(isServed).toBe(false)
  })

  it('tell of the end of one that ended while it was asked about', async () => {
    const { hub, connect, clock } = await createTestHub()
    const order: string[] = []
    hub.trigger('connect', async () => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 1_000))
      order.push('connect')
    })
    hub.trigger('disconnect', () => void order.push('disconnect'))
    const ada = await connect('ada')
    ada.cut()
    await clock.advance(2_000)
    expect(order).toEqual(['connect', 'disconnect'])
  })

  it('do not keep others from a connection when they fail', async () => {
    const { hub, connect } = await createTestHub()
    hub.trigger('connect', ({ auth }) => {
      if (auth.userId === 'bob') throw new Error('secret')
    })
    const bob = await connect('bob')
    expect(await bob.end()).toEqual({ code: 4503, reason: 'the server could not do this now' })
    const ada = await connect('ada')
    await expect(ada.subscribe(ROOM)).resolves.toMatchObject({ channel: ROOM })
  })
})
