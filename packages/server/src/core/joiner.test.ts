import { RealtimeError } from '@coterie/protocol'
import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { PasswordHasher } from '../ports/password-hasher.ts'

const ROOM = 'room:1'
const OPEN = { history: true, presence: true, state: true } as const

/** Somebody asks to enter a room while ada does everything that could be heard. */
async function knock(room: string, isLetIn: boolean) {
  const gate = Promise.withResolvers<void>()
  const passwordHasher: PasswordHasher = {
    hash: async (password) => password,
    verify: async (password, hash) => {
      if (password === 'slow') await gate.promise
      return password === hash || isLetIn
    },
  }
  const world = await createTestHub({
    users: ['ada'],
    channels: { 'room:*': OPEN },
    passwordHasher,
  })
  const { hub, clock, ada } = world
  const bob = await world.connect('bob')
  await ada.subscribe(room, { presence: true, state: true })
  await hub.rooms.create('locked', { password: 'secret' })
  hub.trigger('room:*', 'join', async ({ auth }) => {
    if (auth.userId !== 'bob' || room === 'room:locked') return
    await gate.promise
    if (!isLetIn) throw new RealtimeError('forbidden', 'members only')
  })
  const entering = bob.subscribe(room, { password: 'slow', presence: 'follow', state: true })
  const entered = entering.then(
    () => true,
    () => false,
  )
  await clock.advance(10)
  const act = async (n: number): Promise<void> => {
    const { id } = await ada.publish(room, 'message', n)
    await ada.request({ type: 'typing', channel: room, is_typing: n % 2 === 1 })
    await ada.request({ type: 'read', channel: room, event_id: id })
    await ada.request({ type: 'presence', channel: room, status: n % 2 ? 'away' : 'online' })
    await ada.request({ type: 'state', channel: room, op_id: String(n), set: { n } })
    await hub.ephemeral.publishCustom(room.slice('room:'.length), 'ada', { n })
    await clock.advance(2_000)
  }
  return { ...world, bob, gate, entered, act }
}

it.each([ROOM, 'room:locked'])(
  'tells one who is refused nothing of what happened in %s while it was decided',
  async (channel) => {
    const { bob, gate, entered, act } = await knock(channel, false)
    for (const n of [1, 2]) await act(n)
    gate.resolve()
    expect(await entered).toBe(false)
    await act(3)
    expect(bob.frames.map(({ type }) => type)).toEqual(['connection', 'error'])
  },
)

it.each([ROOM, 'room:locked'])(
  'brings one who is let into %s all of it, from the answer on',
  async (channel) => {
    const { bob, gate, entered, act } = await knock(channel, true)
    await act(1)
    expect(bob.frames).toMatchObject([{ type: 'connection' }])
    gate.resolve()
    expect(await entered).toBe(true)
    await act(2)
    const types = new Set(bob.frames.map(({ type }) => type))
    const heard = ['connection', 'reply', 'event', 'ephemeral', 'presence', 'state']
    expect([...types].sort()).toEqual(heard.sort())
  },
)

it('keeps sending to a member who subscribes again while that is decided', async () => {
  const { hub, ada, connect, clock } = await createTestHub({ users: ['ada'] })
  const bob = await connect('bob')
  await Promise.all([ada.subscribe(ROOM), bob.subscribe(ROOM)])
  hub.trigger(ROOM, 'join', () => new Promise<void>((resolve) => clock.setTimer(resolve, 1_000)))
  const again = bob.subscribe(ROOM)
  await ada.request({ type: 'typing', channel: ROOM })
  await again
  await bob.sees('ephemeral', { event_type: 'typing_start', user_id: 'ada' })
})
