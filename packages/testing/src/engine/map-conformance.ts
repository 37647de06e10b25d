import type { JsonText } from '@coterie/server/engine'
import { expect, it } from 'vitest'
import type { OpenEngine } from './opened-engine.ts'

/** Longer than an engine keeps an empty, unused map, in ms. */
const LONG_MS = 3 * 3_600_000

/** Registers the tests for the maps of every engine. */
export function mapTests(open: OpenEngine): void {
  const value = (n: number): JsonText => JSON.stringify(n) as JsonText

  it('counts the versions of each map from 1, one for each change', async () => {
    const { engine, changes, settled } = await open()
    const both = [
      { key: 'x', value: value(1) },
      { key: 'y', value: value(2) },
    ]
    await settled(engine.change('a', 'm', both, {}))
    await settled(engine.change('a', 'm', [{ key: 'x', value: null }], {}))
    await settled(engine.change('a', 'other', [{ key: 'x', value: value(1) }], {}))
    expect(changes).toEqual([
      { channel: 'a', map: 'm', changes: both, version: 1 },
      { channel: 'a', map: 'm', changes: [{ key: 'x', value: null }], version: 2 },
      { channel: 'a', map: 'other', changes: [{ key: 'x', value: value(1) }], version: 1 },
    ])
    expect(await engine.entries('a', 'm')).toEqual({
      entries: new Map([['y', value(2)]]),
      version: 2,
    })
  })

  it('gives no version to a change that changes nothing', async () => {
    const { engine, changes, settled } = await open()
    const result = await settled(engine.change('a', 'm', [{ key: 'x', value: null }], {}))
    expect(result).toEqual({ ok: true, value: { version: 0, duplicate: false } })
    expect(changes).toEqual([])
  })

  it('refuses a change that expects another version, and says which it is', async () => {
    const { engine, changes, settled } = await open()
    const set = [{ key: 'x', value: value(1) }]
    await settled(engine.change('a', 'm', set, { ifVersion: 0 }))
    const refused = await settled(engine.change('a', 'm', set, { ifVersion: 0 }))
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'conflict', details: { version: 1 } },
    })
    expect(changes).toHaveLength(1)
  })

  it('makes a change once that comes twice, and answers both times with its version', async () => {
    const { engine, clock, changes, settled } = await open()
    const change = (n: number, sender: string, messageId: string, ifVersion?: number) =>
      settled(
        engine.change('a', 'm', [{ key: 'x', value: value(n) }], {
          dedup: { sender, messageId },
          ifVersion,
        }),
      )
    const first = { ok: true, value: { version: 1, duplicate: false } }
    expect(await change(1, 'ada', 'op-1', 0)).toEqual(first)
    expect(await change(2, 'bob', 'op-1')).toEqual({
      ok: true,
      value: { version: 2, duplicate: false },
    })
    expect(await change(1, 'ada', 'op-1', 0), 'not a conflict with itself').toEqual({
      ok: true,
      value: { version: 1, duplicate: true },
    })
    expect(changes).toHaveLength(2)
    expect((await engine.entries('a', 'm')).entries.get('x')).toBe(value(2))
    await clock.advance(300_000)
    expect(await change(1, 'ada', 'op-1')).toMatchObject({
      value: { version: 3, duplicate: false },
    })
  })

  it('tells every node where a change comes from', async () => {
    const { engine, changes, settled } = await open()
    const origin = '{"by":"ada"}' as JsonText
    await settled(engine.change('a', 'm', [{ key: 'x', value: value(1) }], { origin }))
    expect(changes).toMatchObject([{ version: 1, origin }])
  })

  it('removes a key when its time is over, unless it is set again before', async () => {
    const { engine, clock, changes, settled } = await open()
    const set = [{ key: 'x', value: value(1) }]
    await settled(engine.change('a', 'm', set, { ttlMs: 5_000 }))
    await clock.advance(4_000)
    await settled(engine.change('a', 'm', set, { ttlMs: 5_000 }))
    await clock.advance(4_999)
    expect(changes).toHaveLength(2)
    await clock.advance(1)
    expect(changes.at(-1)).toMatchObject({ changes: [{ key: 'x', value: null }], version: 3 })
    expect((await engine.entries('a', 'm')).entries.size).toBe(0)
  })

  it('keeps a key for good that is set again without a time', async () => {
    const { engine, clock, settled } = await open()
    const set = [{ key: 'x', value: value(1) }]
    await settled(engine.change('a', 'm', set, { ttlMs: 5_000 }))
    await settled(engine.change('a', 'm', set, {}))
    await clock.advance(10_000)
    expect((await engine.entries('a', 'm')).entries.size).toBe(1)
  })

  it('goes on with the versions of a joined channel, however long its map is empty', async () => {
    const { engine, clock, changes, settled } = await open()
    await settled(engine.join('a'))
    await settled(engine.change('a', 'm', [{ key: 'x', value: value(1) }], {}))
    await settled(engine.change('a', 'm', [{ key: 'x', value: null }], {}))
    await clock.advance(LONG_MS)
    await settled(engine.change('a', 'm', [{ key: 'x', value: value(2) }], {}))
    expect(changes.map(({ version }) => version)).toEqual([1, 2, 3])
  })
}
