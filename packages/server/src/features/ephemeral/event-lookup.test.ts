import type { EventId } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import type { Engine, JsonText } from '@coterie/server/engine'
import { FakeClock, SeededRandom } from '@coterie/testing'
import { expect, it, vi } from 'vitest'
import { EventLookup } from './event-lookup.ts'

const history = { size: 10_000, ttlMs: 60_000 }

async function setUp(events: number) {
  const engine = createMemoryEngine({ clock: new FakeClock(), random: new SeededRandom(1) })
  await engine.start({ onEvent() {}, onChange() {} })
  for (let n = 1; n <= events; n += 1) await append(engine, `m${n}`)
  return { engine, lookup: new EventLookup(engine), read: vi.spyOn(engine, 'read') }
}

function append(engine: Engine, id: string) {
  const payload = '1' as JsonText
  const event = { id: id as EventId, event: 'e', payload, from: null, timestampMs: 0 }
  return engine.append('a', event, { history })
}

it('finds the newest of equal ids', async () => {
  const { engine, lookup } = await setUp(3)
  await append(engine, 'm1')
  expect(await lookup.find('a', 'm1')).toMatchObject({ offset: 4 })
  expect(await lookup.find('a', 'm2')).toMatchObject({ offset: 2 })
  expect(await lookup.find('b', 'm2')).toBeUndefined()
})

it('goes through the log once for all who ask at the same time', async () => {
  const { lookup, read } = await setUp(2_500)
  const asked = Array.from({ length: 100 }, (_, n) => lookup.find('a', `none${n % 50}`))
  expect(new Set(await Promise.all(asked))).toEqual(new Set([undefined]))
  expect(read).toHaveBeenCalledTimes(4)
})

it('reads one page for the newest', async () => {
  const { lookup, read } = await setUp(2_500)
  expect(await lookup.find('a', 'm2500')).toMatchObject({ offset: 2_500 })
  expect(read).toHaveBeenCalledTimes(1)
})

it('answers who comes while it searches by the next search', async () => {
  const { engine, lookup } = await setUp(1_500)
  const first = lookup.find('a', 'late')
  await expect.poll(() => engine.read).toHaveBeenCalled()
  await append(engine, 'late')
  expect(await lookup.find('a', 'late')).toMatchObject({ offset: 1_501 })
  await first
})

it('tells all who wait when the engine fails, and works again after', async () => {
  const { lookup, read } = await setUp(1)
  read.mockRejectedValueOnce(new Error('gone'))
  const asked = [lookup.find('a', 'm1'), lookup.find('a', 'm2')]
  for (const each of asked) await expect(each).rejects.toThrow('gone')
  expect(await lookup.find('a', 'm1')).toMatchObject({ offset: 1 })
})

it('reads what is new, and not the whole log again, for ids that are not there', async () => {
  const { engine, lookup } = await setUp(2_500)
  const read: number[] = []
  const find = (id: string) => lookup.find('a', id, (events) => read.push(events))
  expect(await find('none')).toBeUndefined()
  for (let n = 0; n < 50; n += 1) expect(await find(`none${n}`)).toBeUndefined()
  expect(read).toEqual([2_500, ...Array.from({ length: 50 }, () => 0)])
  for (let n = 1; n <= 5; n += 1) await append(engine, `new${n}`)
  expect(await find('new3')).toMatchObject({ offset: 2_503 })
  // The new ones, and the one that was found, to see that it is still there.
  expect(read.at(-1)).toBe(6)
})

it('does not find what the log has let go of', async () => {
  const { engine, lookup } = await setUp(1_100)
  expect(await lookup.find('a', 'none')).toBeUndefined()
  const short = { history: { size: 10, ttlMs: 60_000 } }
  const event = { event: 'e', payload: '1' as JsonText, from: null, timestampMs: 0 }
  for (let n = 0; n < 20; n += 1) {
    await engine.append('a', { ...event, id: `late${n}` as EventId }, short)
    expect(await lookup.find('a', `late${n}`)).toMatchObject({ offset: 1_101 + n })
  }
  for (const gone of ['m1', 'm1100', 'late0']) expect(await lookup.find('a', gone)).toBeUndefined()
})
