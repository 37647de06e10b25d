import { defineChannel, type StandardSchema } from '@coterie/protocol'
import { createTestHub, type FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'

const channels = { 'document:*': { presence: true } }
const look = z.object({ color: z.string().trim(), tool: z.string().default('pen') })

function worldWith(presence: StandardSchema) {
  return createTestHub({
    users: ['ada', 'bob'],
    contracts: [defineChannel('document:{id}', { presence })],
    channels,
  })
}

const refused = {
  code: 'invalid_payload',
  message: 'data.color: Invalid input: expected string, received number',
  details: { path: 'data.color' },
}

it('refuses to show what the schema does not allow, on joining and later', async () => {
  const { ada, bob } = await worldWith(look)
  const joining = ada.subscribe('document:7', { presence: { data: { color: 5 } } })
  await expect(joining).rejects.toMatchObject(refused)
  await expect(ada.publish('document:7', 'e', 1)).rejects.toMatchObject({ code: 'not_member' })

  await ada.subscribe('document:7', { presence: { data: { color: 'red' } } })
  const changing = ada.request({ type: 'presence', channel: 'document:7', data: { color: 5 } })
  await expect(changing).rejects.toMatchObject(refused)
  const { presence } = await bob.subscribe('document:7', { presence: 'follow' })
  expect(presence).toMatchObject([{ user_id: 'ada', data: { color: 'red', tool: 'pen' } }])
})

it('shows what the schema makes of it', async () => {
  const { ada, bob } = await worldWith(look)
  await bob.subscribe('document:7', { presence: 'follow' })
  await ada.subscribe('document:7', { presence: { data: { color: ' red ', more: 1 } } })
  const { joins } = await bob.sees('presence', { joins: [{ user_id: 'ada' }] })
  expect(joins[0]?.data).toEqual({ color: 'red', tool: 'pen' })
  await ada.request({ type: 'presence', channel: 'document:7', data: { color: 'blue' } })
  await bob.sees('presence', { updates: [{ data: { color: 'blue', tool: 'pen' } }] })
})

it('leaves it to the schema what somebody shows who says nothing', async () => {
  const strict = await worldWith(look)
  const silent = strict.ada.subscribe('document:7', { presence: true })
  await expect(silent).rejects.toMatchObject({ details: { path: 'data' } })
  await expect(strict.ada.subscribe('document:7', { presence: 'follow' })).resolves.toBeDefined()

  const filled = await worldWith(look.default({ color: 'black', tool: 'pen' }))
  const joined = await filled.ada.subscribe('document:7', { presence: true })
  expect(joined.presence?.[0]?.data).toEqual({ color: 'black', tool: 'pen' })

  const free = await worldWith(look.optional())
  const empty = await free.ada.subscribe('document:7', { presence: true })
  expect(empty.presence?.[0]?.data).toBeNull()
})

it('asks nothing of who changes only the status, or comes back', async () => {
  const { ada, bob } = await worldWith(look)
  await bob.subscribe('document:7', { presence: 'follow' })
  await ada.subscribe('document:7', { presence: { data: { color: 'red' } } })
  await bob.sees('presence', { joins: [{ status: 'online' }] })
  await ada.request({ type: 'presence', channel: 'document:7', status: 'away' })
  await bob.sees('presence', { updates: [{ status: 'away', data: { color: 'red' } }] })
  ada.cut()
  await ada.connect()
  const { presence } = await ada.subscribe('document:7', { presence: true })
  expect(presence).toMatchObject([{ user_id: 'ada', data: { color: 'red', tool: 'pen' } }])
})

it('bounds what the schema makes of it, too', async () => {
  const { ada } = await worldWith(z.string().transform((text) => text.repeat(1_000)))
  const joining = ada.subscribe('document:7', { presence: { data: 'large' } })
  await expect(joining).rejects.toMatchObject({ code: 'too_large' })
})

it('keeps the order of changes, and shows nobody who left while the schema took its time', async () => {
  let clock: FakeClock | undefined
  const slow: StandardSchema = {
    '~standard': {
      version: 1,
      vendor: 'hand',
      validate: (value) =>
        new Promise((resolve) => {
          clock?.setTimer(() => resolve({ value: value as number }), Number(value))
        }),
    },
  }
  const world = await worldWith(slow)
  clock = world.clock
  const { ada, bob } = world
  await bob.subscribe('document:7', { presence: 'follow' })
  await ada.subscribe('document:7', { presence: { data: 1 } })
  await Promise.all([
    ada.request({ type: 'presence', channel: 'document:7', data: 300, status: 'away' }),
    ada.request({ type: 'presence', channel: 'document:7', data: 100 }),
    ada.request({ type: 'presence', channel: 'document:7', status: 'online' }),
  ])
  await bob.sees('presence', { updates: [{ data: 100, status: 'online' }] })

  const late = ada.request({ type: 'presence', channel: 'document:7', data: 500 })
  await Promise.all([
    expect(late).rejects.toMatchObject({ code: 'not_member' }),
    ada.unsubscribe('document:7'),
  ])
  const { presence } = await bob.subscribe('document:7', { presence: 'follow' })
  expect(presence).toEqual([])
})
