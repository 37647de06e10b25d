import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StateFrame, StateValues, SubscribeReply } from '@coterie/protocol'
import { createTestHub, FakeClock, SeededRandom, type TestUser } from '@coterie/testing'
import { afterAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../ports/engine.ts'
import { createMemoryEngine } from '../../storage/create-memory-engine.ts'
import { createSqliteEngine } from '../../storage/create-sqlite-engine.ts'

const folder = mkdtempSync(joinPath(tmpdir(), 'coterie-emptied-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const channels = { 'board:*': { state: true }, 'doc:*': { state: { persist: true } } } as const
const EMPTIED = { value: {}, emptied: true }

const setUp = (engine: Engine, clock: FakeClock, limits = {}) =>
  createTestHub({ users: ['ada', 'bob'], channels, engine, clock, limits })

const enter = (user: TestUser, channel: string, initial?: StateValues): Promise<SubscribeReply> =>
  user.subscribe(channel, { state: true, ...(initial && { initial_state: initial }) })

let lastOperation = 0
function change(user: TestUser, channel: string, fields: object): Promise<unknown> {
  lastOperation += 1
  return user.request({ type: 'state', channel, op_id: `op-${lastOperation}`, ...fields })
}

async function sqliteOf(name: string, clock: FakeClock): Promise<Engine> {
  const path = joinPath(folder, `${name}.sqlite`)
  return createSqliteEngine({ path, clock, random: new SeededRandom(++lastOperation) })
}

const engines = {
  memory: async (_: string, clock: FakeClock) =>
    createMemoryEngine({ clock, random: new SeededRandom(1) }),
  sqlite: sqliteOf,
}

describe.each(Object.entries(engines))('a state in %s', (kind, open) => {
  it.each(['board:1', 'doc:1'])('stays empty once everything in %s was deleted', async (name) => {
    const clock = new FakeClock()
    const engine = await open(`${kind}-${name.replace(':', '-')}`, clock)
    const { ada, bob, hub } = await setUp(engine, clock)
    const initial = { title: 'Untitled', 'cards/1': 1 }
    await enter(ada, name, initial)
    await change(ada, name, { delete: ['title', 'cards/1'] })
    expect((await enter(bob, name, initial)).state).toEqual({ version: 2, ...EMPTIED })
    await ada.unsubscribe(name)
    expect((await enter(ada, name, initial)).state).toEqual({ version: 2, ...EMPTIED })
    expect(await hub.state.read(name)).toEqual({ ok: true, value: { version: 2, ...EMPTIED } })
  })

  it('never shows that it was begun as a key, nor counts it as one', async () => {
    const clock = new FakeClock()
    const engine = await open(`${kind}-keys`, clock)
    const { ada, bob } = await setUp(engine, clock, { stateKeys: 1, stateBytes: 10 })
    await enter(ada, 'doc:1')
    await enter(bob, 'doc:1')
    await change(ada, 'doc:1', { set: { a: 12345678 } })
    await bob.sees('state', { version: 1 })
    const [told] = bob.frames.filter((frame): frame is StateFrame => frame.type === 'state')
    expect([told?.set, told?.delete]).toEqual([{ a: 12345678 }, []])
    await expect(change(ada, 'doc:1', { set: { '': 1 } })).rejects.toThrow(/1–200 characters/)
  })

  it('has not begun by a deletion of what was never there', async () => {
    const clock = new FakeClock()
    const { ada, bob, hub } = await setUp(await open(`${kind}-unbegun`, clock), clock)
    await enter(ada, 'doc:1')
    await change(ada, 'doc:1', { delete: ['title'] })
    expect(await hub.state.read('doc:1')).toEqual({ ok: true, value: { version: 0, value: {} } })
    const { state } = await enter(bob, 'doc:1', { title: 'Untitled' })
    expect(state).toEqual({ version: 1, value: { title: 'Untitled' } })
  })

  it('begins anew after everybody left a state that is not to persist', async () => {
    const clock = new FakeClock()
    const { ada } = await setUp(await open(`${kind}-forgotten`, clock), clock)
    await enter(ada, 'board:1', { title: 'Untitled' })
    await change(ada, 'board:1', { delete: ['title'] })
    await ada.unsubscribe('board:1')
    await clock.advance(61_000)
    const { state } = await enter(ada, 'board:1', { title: 'New' })
    expect(state?.value).toEqual({ title: 'New' })
  })

  it('stays empty where the application emptied it, and over days without users', async () => {
    const clock = new FakeClock()
    const { hub } = await createTestHub({
      channels,
      engine: await open(`${kind}-days`, clock),
      clock,
    })
    const writing = [
      hub.state.change('doc:1', { set: { title: 'Untitled' } }),
      hub.state.change('doc:1', { delete: ['title'] }),
    ]
    await clock.settle()
    await Promise.all(writing)
    await clock.advance(8 * 86_400_000)
    expect(await hub.state.read('doc:1')).toMatchObject({ value: EMPTIED })
  })
})

it('stays empty when the server starts again', async () => {
  const clock = new FakeClock()
  const initial = { title: 'Untitled' }
  const before = await setUp(await sqliteOf('restart', clock), clock)
  await enter(before.ada, 'doc:1', initial)
  await change(before.ada, 'doc:1', { delete: ['title'] })
  const closed = before.hub.close()
  await clock.advance(60_000)
  await closed
  const { ada } = await setUp(await sqliteOf('restart', clock), clock)
  expect((await enter(ada, 'doc:1', initial)).state).toEqual({ version: 2, ...EMPTIED })
})

it('stays empty where an earlier version of the server wrote the file', async () => {
  const clock = new FakeClock()
  const before = await setUp(await sqliteOf('earlier', clock), clock)
  await enter(before.ada, 'doc:1', { title: 'Untitled' })
  await change(before.ada, 'doc:1', { delete: ['title'] })
  await enter(before.ada, 'doc:2', { title: 'Untitled' })
  const closed = before.hub.close()
  await clock.advance(60_000)
  await closed
  const file = new DatabaseSync(joinPath(folder, 'earlier.sqlite'))
  file.exec("DELETE FROM entries WHERE key = ''")
  file.close()
  const { ada } = await setUp(await sqliteOf('earlier', clock), clock)
  expect((await enter(ada, 'doc:1', { title: 'New' })).state).toMatchObject(EMPTIED)
  await enter(ada, 'doc:2')
  await change(ada, 'doc:2', { delete: ['title'] })
  expect((await enter(ada, 'doc:2', { title: 'New' })).state).toMatchObject(EMPTIED)
})
