import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'

const options = {
  users: ['ada', 'bob', 'cleo'],
  channels: { 'room:*': { history: true, presence: true } },
  rooms: { board: { password: 'open sesame' }, pair: { maxUsers: 2 } },
} as const

it('opens a room with a password to who knows it, on every entry', async () => {
  const { ada, bob } = await createTestHub(options)
  await ada.subscribe('room:board', { password: 'open sesame' })
  for (const password of [undefined, '', 'open sesam', 'open sesame ']) {
    await expect(bob.subscribe('room:board', { password })).rejects.toMatchObject({
      code: 'wrong_password',
      message: expect.stringContaining('Access denied'),
    })
  }
  await ada.publish('room:board', 'e', 'secret')
  expect(bob.payloads('room:board')).toEqual([])
  ada.cut()
  await ada.connect()
  await expect(ada.subscribe('room:board')).rejects.toMatchObject({ code: 'wrong_password' })
})

it('takes five wrong passwords a minute from a user, then not even the right one', async () => {
  const { ada, bob, clock } = await createTestHub(options)
  for (let n = 0; n < 5; n += 1) {
    await expect(ada.subscribe('room:board', { password: `${n}` })).rejects.toMatchObject({
      code: 'wrong_password',
    })
  }
  await expect(ada.subscribe('room:board', { password: 'open sesame' })).rejects.toMatchObject({
    code: 'rate_limited',
    details: { retry_after_ms: expect.any(Number) },
  })
  await bob.subscribe('room:board', { password: 'open sesame' })
  await clock.advance(60_000)
  await ada.subscribe('room:board', { password: 'open sesame' })
})

it('holds only so many users, whatever the number of their tabs', async () => {
  const { ada, bob, cleo, connect } = await createTestHub(options)
  await ada.subscribe('room:pair')
  await (await connect('ada')).subscribe('room:pair')
  await bob.subscribe('room:pair')
  await expect(cleo.subscribe('room:pair')).rejects.toMatchObject({
    code: 'room_full',
    message: 'Room is full',
  })
  await bob.unsubscribe('room:pair')
  await cleo.subscribe('room:pair')
})

it('gives history to nobody who would need a password to enter', async () => {
  const { ada, bob } = await createTestHub(options)
  await ada.subscribe('room:board', { password: 'open sesame' })
  await ada.publish('room:board', 'e', 'secret')
  await expect(bob.history('room:board')).rejects.toMatchObject({ code: 'not_member' })
  expect((await ada.history('room:board')).events).toHaveLength(1)
})
