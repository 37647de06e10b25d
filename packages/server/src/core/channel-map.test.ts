import { RealtimeError } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import type { Engine, JsonText, KeyChange, MapChange } from '@coterie/server/engine'
import { FakeClock, SeededRandom } from '@coterie/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChannelMap, type MapView } from './channel-map.ts'

const CHANNEL = 'room:1'
const MAP = 'm'

/** Keeps the entries, and records what it was given. */
class EntriesView implements MapView {
  readonly entries = new Map<string, JsonText>()
  readonly taken: MapChange[] = []

  keys(): Iterable<string> {
    return this.entries.keys()
  }

  take(change: MapChange): void {
    this.taken.push(change)
    for (const { key, value } of change.changes) {
      if (value === null) this.entries.delete(key)
      else this.entries.set(key, value)
    }
  }
}

/** A read that the engine has begun and the test ends. */
interface Read {
  end(): void
  fail(): void
}

async function setUp() {
  const memory = createMemoryEngine({ clock: new FakeClock(), random: new SeededRandom(1) })
  /** Changes that have not arrived yet, in order. */
  const made: MapChange[] = []
  await memory.start({ onEvent() {}, onChange: (change) => made.push(change) })
  const reads: Read[] = []
  const engine: Engine = {
    ...memory,
    async entries(channel, map) {
      const held = await memory.entries(channel, map)
      await new Promise<void>((end, reject) => {
        const fail = (): void => reject(new RealtimeError('unavailable', 'cannot be read'))
        reads.push({ end, fail })
      })
      return held
    },
  }
  const view = new EntriesView()
  const map = new ChannelMap(engine, CHANNEL, MAP, view)
  const change = async (...changes: readonly [key: string, value: number | null][]) => {
    const written = changes.map(([key, value]): KeyChange => {
      return { key, value: value === null ? null : (String(value) as JsonText) }
    })
    await memory.change(CHANNEL, MAP, written, {})
  }
  const deliver = (): void => {
    for (const each of made.splice(0)) map.apply(each)
  }
  const isReading = (): Promise<void> => until(() => reads.length > 0)
  const endRead = async (end: keyof Read = 'end'): Promise<void> => {
    await isReading()
    reads.shift()?.[end]()
    await settle()
  }
  const load = async (): Promise<void> => {
    const loaded = map.load()
    await endRead()
    await loaded
  }
  const held = async () => (await memory.entries(CHANNEL, MAP)).entries
  return { map, view, reads, made, change, deliver, endRead, isReading, load, held }
}

/** Lets pending promises settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

async function until(isTrue: () => boolean): Promise<void> {
  await settle()
  expect(isTrue()).toBe(true)
}

describe('the map of a channel', () => {
  it('gives its view all entries, and then each change', async () => {
    const { map, view, change, deliver, load } = await setUp()
    await change(['x', 1], ['y', 2])
    await load()
    expect(view.taken).toMatchObject([{ version: 1, changes: [{ key: 'x' }, { key: 'y' }] }])
    await change(['x', null])
    deliver()
    expect([...view.entries]).toEqual([['y', '2']])
    expect(map.version).toBe(2)
  })

  it('gives its view the changes that arrive during a read after the entries', async () => {
    const { map, view, change, deliver, endRead, isReading } = await setUp()
    await change(['x', 1])
    const loaded = map.load()
    await isReading()
    await change(['x', null])
    await change(['y', 1])
    deliver()
    expect(view.taken).toEqual([])
    await endRead()
    await loaded
    expect(view.taken.map(({ version }) => version)).toEqual([1, 2, 3])
    expect([...view.entries]).toEqual([['y', '1']])
  })

  it('gives its view no change that the entries include, and no change twice', async () => {
    const { map, view, made, change, deliver, load } = await setUp()
    await change(['x', 1])
    await load()
    const [early] = made
    deliver()
    if (early) map.apply(early)
    expect(view.taken).toHaveLength(1)
  })

  it('reads once for all callers during a read', async () => {
    const { map, reads, endRead } = await setUp()
    const both = [map.load(), map.load()]
    await endRead()
    await Promise.all(both)
    await map.load()
    expect(reads).toEqual([])
  })

  it('tells the callers that a read failed, and reads again for the next one', async () => {
    const { map, view, change, endRead, load } = await setUp()
    await change(['x', 1])
    const both = [map.load(), map.load()].map((each) => expect(each).rejects.toThrow('read'))
    await endRead('fail')
    await Promise.all(both)
    expect(map.version).toBeUndefined()
    await load()
    expect([...view.entries.keys()]).toEqual(['x'])
  })

  it('reads again with the next change after a read failed', async () => {
    const { map, view, change, deliver, endRead } = await setUp()
    const failed = expect(map.load()).rejects.toThrow('read')
    await endRead('fail')
    await failed
    await change(['x', 1])
    deliver()
    await endRead()
    expect([...view.entries.keys()]).toEqual(['x'])
  })

  it('does not read before the first caller asks', async () => {
    const { view, reads, change, deliver } = await setUp()
    await change(['x', 1])
    deliver()
    await settle()
    expect(reads).toEqual([])
    expect(view.taken).toEqual([])
  })

  it('reads again after a missed change, and removes what is gone', async () => {
    const { map, view, made, change, deliver, endRead, load } = await setUp()
    await change(['x', 1], ['y', 1])
    await load()
    deliver()
    await change(['x', null])
    made.pop()
    await change(['z', 1])
    deliver()
    expect(map.version).toBeUndefined()
    await endRead()
    expect([...view.entries.keys()]).toEqual(['y', 'z'])
    expect(map.version).toBe(3)
  })

  it('reads once more after a change was missed during a read', async () => {
    const { map, view, made, change, deliver, endRead, isReading } = await setUp()
    const loaded = map.load()
    await isReading()
    await change(['x', 1])
    made.pop()
    await change(['y', 1])
    deliver()
    await endRead()
    await endRead()
    await loaded
    expect([...view.entries.keys()]).toEqual(['x', 'y'])
  })

  it.each(Array.from({ length: 12 }, (_, turns) => turns))(
    'reads once more where a change was missed %i turns after the engine has answered',
    async (turns) => {
      const { map, view, reads, made, change, deliver, isReading } = await setUp()
      const loaded = map.load()
      await isReading()
      await change(['x', 1])
      made.pop()
      await change(['y', 1])
      reads.shift()?.end()
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      deliver()
      await settle()
      reads.shift()?.end()
      await loaded
      await settle()
      expect([...view.entries.keys()]).toEqual(['x', 'y'])
    },
  )

  it('reads again once its view is marked as out of date', async () => {
    const { map, view, change, load } = await setUp()
    await load()
    await change(['x', 1])
    map.invalidate()
    await load()
    expect([...view.entries.keys()]).toEqual(['x'])
  })
})

it("ends with the engine's entries, whatever was late, lost or failed before", async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({
        step: fc.constant('change' as const),
        key: fc.constantFrom('x', 'y', 'z'),
        value: fc.option(fc.nat(3)),
      }),
      fc.record({
        step: fc.constantFrom('deliver', 'lose', 'load', 'end', 'fail', 'invalidate'),
      }),
    ),
    { maxLength: 30 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const { map, view, reads, made, change, held } = await setUp()
      const deliver = (): void => {
        const next = made.shift()
        if (next) map.apply(next)
      }
      for (const each of taken) {
        if ('key' in each) await change([each.key, each.value])
        else if (each.step === 'deliver') deliver()
        else if (each.step === 'lose') made.shift()
        else if (each.step === 'load') map.load().catch(() => {})
        else if (each.step === 'invalidate') map.invalidate()
        else reads.shift()?.[each.step as keyof Read]()
        await settle()
      }
      // The next change reveals a lost one.
      await change(['last', taken.length])
      while (made.length > 0) deliver()
      const loaded = map.load()
      await settle()
      while (reads.length > 0) {
        reads.shift()?.end()
        await settle()
      }
      await loaded
      expect(view.entries).toEqual(await held())
      const versions = view.taken.map(({ version }) => version)
      expect(versions).toEqual(versions.toSorted((one, other) => one - other))
    }),
    { numRuns: 200 },
  )
})
