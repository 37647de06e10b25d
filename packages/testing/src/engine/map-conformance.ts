import type { JsonText } from '@coterie/server'
import { expect, it } from 'vitest'
import type { OpenEngine } from './opened-engine.ts'

/** Registers what every engine's maps promise. */
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
    expect(result).toEqual({ ok: true, value: { version: 0 } })
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
}
