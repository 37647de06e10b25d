import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'

const CHANNEL = 'chat:general'
/** Longer than the window in which changes are collected. */
const SETTLED_MS = 200

async function start() {
  const world = await createTestHub({ channels: {}, users: ['bob'], presence: { graceMs: 10 } })
  const { hub, bob, clock } = world
  hub.createChannel(CHANNEL)
  await bob.subscribe(CHANNEL, { presence: true })
  const subscriber = hub.join(CHANNEL, 'alice', { name: 'Alice', status: 'online' })
  await bob.sees('presence', { joins: [{ user_id: 'alice' }] })
  const present = async () => {
    await clock.advance(SETTLED_MS)
    return hub.getPresence(CHANNEL).map(({ clientId }) => clientId)
  }
  return { ...world, subscriber, present }
}

it('shows sockets what a client of the process was updated to', async () => {
  const { hub, bob } = await start()
  const metadata = { name: 'Alice', status: 'away' }
  expect(hub.presence.update(CHANNEL, 'alice', metadata)).toBe(true)
  expect(hub.presence.get(CHANNEL, 'alice')?.metadata).toEqual(metadata)
  await bob.sees('presence', { updates: [{ user_id: 'alice', data: metadata }] })
  expect(hub.presence.update(CHANNEL, 'nobody', metadata)).toBe(false)
  expect(() => hub.presence.update(CHANNEL, 'alice', { a: Number.NaN })).toThrow(/metadata/)
})

it('updates a user who is there by a socket, for everybody', async () => {
  const { hub, bob, clock, connect } = await start()
  const eve = await connect('eve')
  await eve.subscribe(CHANNEL, { presence: true })
  expect(hub.presence.update(CHANNEL, 'bob', { status: 'away', data: { a: 1 } })).toBe(true)
  await eve.sees('presence', { updates: [{ user_id: 'bob', status: 'away', data: { a: 1 } }] })
  expect(hub.presence.update(CHANNEL, 'bob', { name: 'Bob' })).toBe(true)
  await eve.sees('presence', {
    updates: [{ user_id: 'bob', status: 'away', data: { name: 'Bob' } }],
  })
  await bob.unsubscribe(CHANNEL)
  await eve.sees('presence', { leaves: [{ user_id: 'bob' }] })
  await clock.advance(SETTLED_MS)
  expect(hub.presence.get(CHANNEL, 'bob')).toBeNull()
})

it('shows sockets a client that was tracked, and that it is no more', async () => {
  const { hub, bob, present } = await start()
  hub.presence.track(CHANNEL, 'worker', { job: 1 })
  await bob.sees('presence', { joins: [{ user_id: 'worker', data: { job: 1 } }] })
  expect(hub.presence.untrack(CHANNEL, 'worker')).toBe(true)
  await bob.sees('presence', { leaves: [{ user_id: 'worker' }] })
  expect(hub.presence.untrackAll('alice')).toEqual([CHANNEL])
  await bob.sees('presence', { leaves: [{ user_id: 'alice' }] })
  expect(await present()).toEqual(['bob'])
})

it('evicts a stale client with its subscription and heartbeat, and sockets see it leave', async () => {
  const { hub, bob, subscriber, clock, present } = await start()
  await clock.advance(61_000)
  expect(hub.presence.evictStale(60)).toEqual([[CHANNEL, 'alice']])
  expect(subscriber.isEnded).toBe(true)
  expect(hub.heartbeat.has('alice')).toBe(false)
  expect(hub.disconnect('alice')).toEqual([])
  await bob.sees('presence', { leaves: [{ user_id: 'alice' }] })
  expect(await present()).toEqual(['bob'])
  expect(hub.presence.evictStale(60)).toEqual([])
})

it('evicts nobody who was touched, or whose socket lives', async () => {
  const { hub, clock, present } = await start()
  await clock.advance(40_000)
  hub.presence.touch(CHANNEL, 'alice')
  await clock.advance(40_000)
  expect(hub.presence.evictStale(60)).toEqual([])
  expect(hub.presence.untrack(CHANNEL, 'bob')).toBe(false)
  expect(hub.presence.untrackAll('bob')).toEqual([])
  expect(await present()).toEqual(['bob', 'alice'])
  for (const wrong of [Number.NaN, -1]) {
    expect(() => hub.presence.evictStale(wrong)).toThrow(/^timeoutSecs: expected a number/)
  }
})

it('evicts from channels that were never created', async () => {
  const { hub, clock } = await start()
  hub.presence.track('elsewhere', 'worker')
  await clock.advance(61_000)
  expect(hub.presence.evictStale(60)).toContainEqual(['elsewhere', 'worker'])
  expect(hub.presence.list('elsewhere')).toEqual([])
})
