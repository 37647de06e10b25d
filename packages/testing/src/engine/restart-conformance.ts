import type { JsonText } from '@coterie/server/engine'
import { expect, it } from 'vitest'
import { append, payloads, read } from './engine-calls.ts'
import type { OpenEngine, OpenedEngine } from './opened-engine.ts'

/** Registers the tests for restarts of durable engines. */
export function restartTests(open: OpenEngine): void {
  const restart = async (world: OpenedEngine): Promise<OpenedEngine> => {
    await world.engine.close()
    return open(world.clock, world.place)
  }

  it('keeps logs, positions and message ids, where the engine is durable', async ({ skip }) => {
    const before = await open()
    const dedup = { sender: 'ada', messageId: 'm1' }
    if (!before.engine.capabilities.durable) skip('the engine is not durable')
    const first = await before.settled(append(before.engine, 'a', 1, { dedup }))
    const after = await restart(before)
    const second = await after.settled(append(after.engine, 'a', 2))
    expect(second.position).toEqual({ epoch: first.position?.epoch, offset: 2 })
    expect(payloads((await read(after.engine, 'a', { limit: 9 })).events)).toEqual([1, 2])
    const again = await after.settled(append(after.engine, 'a', 1, { dedup }))
    expect(again).toEqual({ ...first, duplicate: true })
  })

  it('holds over a restart what was held before, where the engine is durable', async ({ skip }) => {
    const before = await open()
    if (!before.engine.capabilities.durable) skip('the engine is not durable')
    const held = await before.settled(append(before.engine, 'a', 1, { holds: true }))
    const after = await restart(before)
    await after.clock.advance(600_000)
    expect(payloads((await read(after.engine, 'a', { limit: 9 })).events)).toEqual([1])
    if (held.position) await after.settled(after.engine.release('a', held.position))
    expect(payloads((await read(after.engine, 'a', { limit: 9 })).events)).toEqual([])
  })

  it('keeps maps, versions and the ids of changes, where the engine is durable', async ({
    skip,
  }) => {
    const before = await open()
    if (!before.engine.capabilities.durable) skip('the engine is not durable')
    const dedup = { sender: 'ada', messageId: 'op-1' }
    const set = [{ key: 'x', value: '1' as JsonText }]
    await before.settled(before.engine.change('a', 'm', set, { dedup }))
    const after = await restart(before)
    const again = await after.settled(after.engine.change('a', 'm', set, { dedup }))
    expect(again).toEqual({ ok: true, value: { version: 1, duplicate: true } })
    expect(await after.engine.entries('a', 'm')).toEqual({
      entries: new Map([['x', '1']]),
      version: 1,
    })
  })

  it('goes on counting all events where it stopped, even with its newest gone', async ({
    skip,
  }) => {
    const before = await open()
    const { durable, sequenced } = before.engine.capabilities
    if (!durable || !sequenced) skip('the engine is not durable, or keeps no order of all events')
    await before.settled(append(before.engine, 'a:1', 1, { history: { size: 9, ttlMs: 1_000 } }))
    await before.clock.advance(61_000)
    const after = await restart(before)
    await after.settled(append(after.engine, 'a:1', 2))
    expect(after.events[0]?.sequence).toEqual({ ...before.events[0]?.sequence, offset: 2 })
  })

  it('ends what a node leased, a lease after the node is gone', async ({ skip }) => {
    const before = await open()
    if (!before.engine.capabilities.durable) skip('the engine is not durable')
    const { leaseMs } = before.engine.capabilities
    const set = [{ key: 'x', value: '1' as JsonText }]
    await before.settled(before.engine.change('a', 'm', set, { leased: true }))
    const after = await restart(before)
    await after.clock.advance(leaseMs - 1)
    expect((await after.engine.entries('a', 'm')).entries.size).toBe(1)
    await after.clock.advance(1)
    expect((await after.engine.entries('a', 'm')).entries.size).toBe(0)
    expect(after.changes).toMatchObject([{ changes: [{ key: 'x', value: null }] }])
  })

  it('writes what it accepted before it closes', async ({ skip }) => {
    const before = await open()
    if (!before.engine.capabilities.durable) skip('the engine is not durable')
    const accepted = append(before.engine, 'a', 1)
    const after = await restart(before)
    await accepted
    expect(payloads((await read(after.engine, 'a', { limit: 9 })).events)).toEqual([1])
  })
}
