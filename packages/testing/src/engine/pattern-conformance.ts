import type { Engine, LogPage, ReadOptions } from '@coterie/server/engine'
import { expect, it } from 'vitest'
import { append, payloads } from './engine-calls.ts'
import type { OpenEngine } from './opened-engine.ts'

/** Registers the tests for patterns of every sequenced engine. */
export function patternTests(open: OpenEngine): void {
  const openSequenced = async (skip: (note: string) => never) => {
    const opened = await open()
    if (!opened.engine.capabilities.sequenced) skip('the engine keeps no order of all events')
    return opened
  }
  const read = async (engine: Engine, pattern: string, options: ReadOptions): Promise<LogPage> => {
    const page = await engine.readPattern(pattern, options)
    if (!page.ok) throw new Error(`reading failed with ${page.error}`)
    return page.value
  }

  it('reads what a pattern matches in the order in which it happened', async ({ skip }) => {
    const { engine, events, settled } = await openSequenced(skip)
    for (const [n, channel] of ['a:1', 'b:1', 'a:2', 'a:1', 'a:1:deep'].entries()) {
      await settled(append(engine, channel, n))
    }
    const page = await read(engine, 'a:*', { limit: 9 })
    expect(payloads(page.events)).toEqual([0, 2, 3])
    expect(page.events.map(({ channel }) => channel)).toEqual(['a:1', 'a:2', 'a:1'])
    expect(page.events).toEqual(events.filter(({ channel }) => /^a:.$/.test(channel)))
    expect(payloads((await read(engine, 'a:#', { limit: 9 })).events)).toEqual([0, 2, 3, 4])
    expect(page.top.offset).toBe(5)
  })

  it('reads what follows a place in that order, page by page, both ways', async ({ skip }) => {
    const { engine, events, settled } = await openSequenced(skip)
    for (const n of [0, 1, 2, 3, 4]) await settled(append(engine, `a:${n % 2}`, n))
    const since = events[1]?.sequence ?? undefined
    expect(payloads((await read(engine, 'a:*', { since, limit: 2 })).events)).toEqual([2, 3])
    const newest = await read(engine, 'a:*', { limit: 2, reverse: true })
    expect(payloads(newest.events)).toEqual([4, 3])
    const older = await read(engine, 'a:*', {
      since: newest.events[1]?.sequence ?? undefined,
      limit: 9,
      reverse: true,
    })
    expect(payloads(older.events)).toEqual([2, 1, 0])
  })

  it('says that too much follows a place in that order', async ({ skip }) => {
    const { engine, events, settled } = await openSequenced(skip)
    for (const n of [10, 20, 30, 40]) await settled(append(engine, `a:${n}`, n))
    const since = events[0]?.sequence ?? undefined
    for (const limit of [1, 9]) {
      const follow = (most: number, bytes: number) =>
        engine.readPattern('a:*', { since, limit, within: { events: most, bytes } })
      expect(await follow(3, 6)).toMatchObject({ ok: true })
      expect(await follow(2, 6)).toEqual({ ok: false, error: 'too_many' })
      expect(await follow(3, 5)).toEqual({ ok: false, error: 'too_many' })
    }
  })

  it('says that it trimmed only to those whose pattern matches', async ({ skip }) => {
    const { engine, clock, settled } = await openSequenced(skip)
    const history = { size: 3, ttlMs: 60_000 }
    const { top } = await read(engine, '#', { limit: 1 })
    for (let n = 0; n < 100; n += 1) await settled(append(engine, 'busy:1', n, { history }))
    await settled(append(engine, 'calm:1', 1))
    const since = top
    expect(await engine.readPattern('busy:*', { since, limit: 999 })).toEqual({
      ok: false,
      error: 'trimmed',
    })
    expect(payloads((await read(engine, 'calm:*', { since, limit: 9 })).events)).toEqual([1])
    await clock.advance(60_001)
    expect(await engine.readPattern('calm:*', { since, limit: 9 })).toEqual({
      ok: false,
      error: 'trimmed',
    })
  })

  it('still knows what it trimmed once the log itself is forgotten', async ({ skip }) => {
    const { engine, clock, settled } = await openSequenced(skip)
    const { top } = await read(engine, '#', { limit: 1 })
    await settled(append(engine, 'a:1', 1))
    await clock.advance(30 * 86_400_000)
    expect(await engine.readPattern('a:*', { since: top, limit: 9 })).toEqual({
      ok: false,
      error: 'trimmed',
    })
    await settled(append(engine, 'a:1', 2))
    const newer = (await read(engine, 'a:*', { limit: 9 })).events[0]?.sequence
    expect(newer?.offset).toBeGreaterThan(top.offset + 1)
  })

  it('knows no place of another life, nor one that it has not reached', async ({ skip }) => {
    const { engine, settled } = await openSequenced(skip)
    await settled(append(engine, 'a:1', 1))
    const { top } = await read(engine, 'a:*', { limit: 1 })
    const unknown = { ok: false, error: 'unknown_epoch' }
    const ahead = { ...top, offset: top.offset + 1 }
    expect(await engine.readPattern('a:*', { since: ahead, limit: 9 })).toEqual(unknown)
    const other = { epoch: 'other', offset: 1 }
    expect(await engine.readPattern('a:*', { since: other, limit: 9 })).toEqual(unknown)
  })

  it('reads the part that is left, and how far it has read', async ({ skip }) => {
    const { engine, events, clock, settled } = await openSequenced(skip)
    const { top: since } = await read(engine, '#', { limit: 1 })
    const brief = { size: 9, ttlMs: 1_000 }
    for (const n of [0, 1]) await settled(append(engine, 'brief:1', n, { history: brief }))
    for (const n of [2, 3]) await settled(append(engine, 'calm:1', n))
    await clock.advance(1_001)
    await settled(append(engine, 'brief:1', 4, { history: brief }))
    expect(await engine.readPattern('#', { since, limit: 2 })).toMatchObject({ error: 'trimmed' })
    const part = await read(engine, '#', { since, limit: 2, partial: true })
    expect(payloads(part.events)).toEqual([2, 3])
    expect(part).toMatchObject({ isEnd: false, readTo: events[3]?.sequence })
    const rest = await read(engine, '#', { since: part.readTo, limit: 2, partial: true })
    expect(payloads(rest.events)).toEqual([4])
    expect(rest).toMatchObject({ isEnd: true, readTo: rest.top })
    const none = await read(engine, 'other:*', { since, limit: 2, partial: true })
    expect(none).toMatchObject({ events: [], isEnd: true, readTo: rest.top })
  })

  it('leaves out what is not logged', async ({ skip }) => {
    const { engine, events, settled } = await openSequenced(skip)
    await settled(append(engine, 'a:1', 1, { history: undefined }))
    await settled(append(engine, 'a:1', 2, { volatile: true }))
    expect(events.map(({ sequence }) => sequence)).toEqual([null, null])
    expect((await read(engine, 'a:*', { limit: 9 })).events).toEqual([])
  })
}
