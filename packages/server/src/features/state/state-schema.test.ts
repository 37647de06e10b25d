import { defineChannel, type StandardSchema } from '@coterie/protocol'
import { createTestHub, type FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'

const BOARD = 'board:1'
const stroke = z.object({ order: z.string(), item: z.object({ id: z.string() }).loose() })

async function join(state: Readonly<Record<string, StandardSchema>>) {
  const world = await createTestHub({
    users: ['ada', 'bob'],
    contracts: [defineChannel('board:{id}', { state })],
    channels: { 'board:*': { state: true } },
  })
  await world.ada.subscribe(BOARD, { state: true })
  await world.bob.subscribe(BOARD, { state: true })
  let operations = 0
  const change = (change: object) => {
    operations += 1
    return world.ada.request({ type: 'state', channel: BOARD, op_id: `o${operations}`, ...change })
  }
  return { ...world, change }
}

const schemas = { title: z.string().trim(), size: z.int().max(10), 'strokes/*': stroke }

it.each([
  [
    'a value of the wrong kind',
    { set: { title: 'x', size: 'big' } },
    'set.size: Invalid input: expected number, received string',
    'set.size',
  ],
  [
    'a field of an item',
    { set: { 'strokes/a': { order: 'a0', item: { id: 5 } } } },
    'set.strokes/a.item.id: Invalid input: expected string, received number',
    'set.strokes/a.item.id',
  ],
  [
    'a key that is not declared',
    { set: { title: 'x', author: 'ada' } },
    'set.author: "author" is not declared; declared: title, size, strokes/*',
    'set.author',
  ],
  [
    'the name of a list itself',
    { set: { strokes: [] } },
    'set.strokes: "strokes" is not declared; declared: title, size, strokes/*',
    'set.strokes',
  ],
])('refuses %s, of users and of the server alike, and all of the change', async (...row) => {
  const [, wrong, message, path] = row
  const { change, hub } = await join(schemas)
  const error = { code: 'invalid_payload', message, details: { path } }
  await expect(change(wrong)).rejects.toMatchObject(error)
  expect(await hub.state.change(BOARD, wrong)).toMatchObject({ ok: false, error })
  expect(await hub.state.read(BOARD)).toMatchObject({ value: { version: 0, value: {} } })
})

it('keeps what the schemas make of the values', async () => {
  const { bob, change, hub } = await join(schemas)
  await change({ set: { title: ' Plans ', 'strokes/a': { order: 'a0', item: { id: 'a' }, x: 1 } } })
  const set = { title: 'Plans', 'strokes/a': { order: 'a0', item: { id: 'a' } } }
  expect((await bob.sees('state', { version: 1 })).set).toEqual(set)
  await hub.state.change(BOARD, { set: { title: 'Other ' } })
  await bob.sees('state', { version: 2, set: { title: 'Other' } })
})

it('lets every key be deleted, also one that was never declared', async () => {
  const { change } = await join(schemas)
  await change({ set: { title: 'x' } })
  await expect(change({ delete: ['title', 'author'] })).resolves.toEqual({ version: 2 })
})

it('checks what the state begins with', async () => {
  const { ada, hub } = await join(schemas)
  const seeding = ada.subscribe('board:2', { state: true, initial_state: { size: 99 } })
  await expect(seeding).rejects.toMatchObject({ code: 'invalid_payload' })
  await ada.subscribe('board:2', { state: true, initial_state: { title: ' New' } })
  expect(await hub.state.read('board:2')).toMatchObject({ value: { value: { title: 'New' } } })
})

it('still refuses keys that would change more than the object', async () => {
  const anything: StandardSchema = {
    '~standard': { version: 1, vendor: 'hand', validate: (value) => ({ value }) },
  }
  const { ada } = await join({ 'list/*': anything })
  const refused = (set: string) => {
    ada.sendText(`{"type":"state","channel":"${BOARD}","op_id":"o","id":"i","set":${set}}`)
    return ada.sees('error', { code: 'invalid_payload' })
  }
  await expect(refused('{"__proto__":{}}')).resolves.toBeDefined()
  ada.frames = []
  await expect(refused('{"list/a":{"__proto__":{}}}')).resolves.toBeDefined()
  ada.frames = []
  await expect(refused('{"list/__proto__":1}')).resolves.toBeDefined()
})

it('keeps the order of a sender, and counts versions that changed meanwhile', async () => {
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
  const { change, hub, ...world } = await join({ slow, fast: z.number() })
  clock = world.clock
  const versions = await Promise.all([
    change({ set: { slow: 50, fast: 1 } }),
    change({ set: { slow: 5 } }),
    change({ set: { fast: 2 } }),
    change({ delete: ['slow'] }),
  ])
  expect(versions).toEqual([1, 2, 3, 4].map((version) => ({ version })))
  expect(await hub.state.read(BOARD)).toMatchObject({ value: { value: { fast: 2 } } })

  const outdated = change({ set: { slow: 50 }, if_version: 4 })
  await Promise.all([
    expect(outdated).rejects.toMatchObject({ code: 'conflict' }),
    hub.state.change(BOARD, { set: { fast: 3 } }),
  ])
})
