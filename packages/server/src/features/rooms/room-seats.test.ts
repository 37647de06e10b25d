import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'

const GRACE_MS = 15_000
const options = {
  users: ['ada', 'bob', 'cleo'],
  channels: { 'room:*': { presence: true } },
  rooms: { pair: { maxUsers: 2 } },
} as const
const full = { code: 'room_full' }
const shown = { presence: true } as const

it('keeps the seat of a member who is cut off, though another knocks meanwhile', async () => {
  const { ada, bob, cleo, clock } = await createTestHub(options)
  await ada.subscribe('room:pair', shown)
  await bob.subscribe('room:pair', shown)
  bob.cut()
  await clock.advance(200)
  await expect(cleo.subscribe('room:pair', shown)).rejects.toMatchObject(full)
  await clock.advance(200)
  await bob.connect()
  const { presence } = await bob.subscribe('room:pair', shown)
  expect(presence?.map(({ user_id }) => user_id)).toEqual(['ada', 'bob'])
  await clock.advance(10 * GRACE_MS)
  await expect(cleo.subscribe('room:pair', shown)).rejects.toMatchObject(full)
})

it('gives the seat away when the grace period is over, and presence has let go before', async () => {
  const { ada, bob, cleo, clock } = await createTestHub(options)
  await ada.subscribe('room:pair', shown)
  await bob.subscribe('room:pair', shown)
  bob.cut()
  await clock.advance(GRACE_MS - 100)
  await expect(cleo.subscribe('room:pair', shown)).rejects.toMatchObject(full)
  await clock.advance(101)
  const { presence } = await cleo.subscribe('room:pair', shown)
  expect(presence?.map(({ user_id }) => user_id)).toEqual(['ada', 'cleo'])
  await bob.connect()
  await expect(bob.subscribe('room:pair', shown)).rejects.toMatchObject(full)
})

it('gives the seat away at once when a member leaves, also one who was cut off before', async () => {
  const { ada, bob, cleo, clock } = await createTestHub(options)
  await ada.subscribe('room:pair')
  await bob.subscribe('room:pair')
  bob.cut()
  await clock.advance(500)
  await bob.connect()
  await bob.subscribe('room:pair')
  await bob.unsubscribe('room:pair')
  await cleo.subscribe('room:pair')
})

it('keeps one seat for a user, however often the connection breaks', async () => {
  const { ada, bob, cleo, clock } = await createTestHub(options)
  await ada.subscribe('room:pair')
  for (let n = 0; n < 5; n += 1) {
    await bob.subscribe('room:pair')
    bob.cut()
    await clock.advance(500)
    await bob.connect()
  }
  await bob.subscribe('room:pair')
  await expect(cleo.subscribe('room:pair')).rejects.toMatchObject(full)
  await bob.unsubscribe('room:pair')
  await cleo.subscribe('room:pair')
})

it('keeps the seat for who comes back to another node, or after a node has ended', async () => {
  const users = ['ada', 'bob'] as const
  const world = await createTestHub({ ...options, users, nodes: 3 })
  const { ada, bob, connect, hubs, clock } = world
  const cleo = await connect('cleo', 0)
  await ada.subscribe('room:pair')
  await bob.subscribe('room:pair')
  bob.cut()
  await clock.advance(500)
  await expect(cleo.subscribe('room:pair')).rejects.toMatchObject(full)
  const elsewhere = await connect('bob', 2)
  await elsewhere.subscribe('room:pair')
  const closing = hubs[2]?.close()
  await clock.advance(4_000)
  await closing
  await expect(cleo.subscribe('room:pair')).rejects.toMatchObject(full)
  await (await connect('bob', 0)).subscribe('room:pair')
  await clock.advance(10 * GRACE_MS)
  await expect(cleo.subscribe('room:pair')).rejects.toMatchObject(full)
})

it('puts no seat aside for who is put out', async () => {
  const { ada, bob, cleo, hub } = await createTestHub(options)
  await ada.subscribe('room:pair')
  await bob.subscribe('room:pair')
  await hub.rooms.kick('pair', 'bob')
  await cleo.subscribe('room:pair')
})
