import type { EventRecord } from '@coterie/server/engine'
import { expect, it } from 'vitest'
import { append, HISTORY, newEvent, payloads, positionOf, read } from './engine-calls.ts'
import type { OpenEngine } from './opened-engine.ts'

/** Registers the tests for the logs of every engine. */
export function logTests(open: OpenEngine): void {
  it('counts offsets from 1 without holes, in one epoch', async () => {
    const { engine, settled } = await open()
    const appended = await settled(Promise.all([1, 2, 3].map((n) => append(engine, 'a', n))))
    expect(appended.map(({ position }) => position?.offset)).toEqual([1, 2, 3])
    expect(new Set(appended.map(({ position }) => position?.epoch)).size).toBe(1)
  })

  it('fans out what it appended, in the order of the calls, before it resolves', async () => {
    const { engine, events, settled } = await open()
    const calls = Array.from({ length: 50 }, (_, n) => append(engine, 'a', n))
    const seenAtResolve = calls[49]?.then(() => events.length)
    await settled(Promise.all(calls))
    expect(payloads(events)).toEqual(Array.from({ length: 50 }, (_, n) => n))
    expect(await seenAtResolve).toBe(50)
  })

  it('keeps the order for everybody when a listener appends while it is told', async () => {
    const { engine, events, settled } = await open(undefined, undefined, (record, self) => {
      if (record.payload === '1') void append(self, 'a', 2)
    })
    await settled(append(engine, 'a', 1))
    await settled(Promise.resolve())
    expect(payloads(events)).toEqual([1, 2])
  })

  it('reads what follows a position, and the newest position with it', async () => {
    const { engine, settled } = await open()
    const [first] = await settled(Promise.all([1, 2, 3].map((n) => append(engine, 'a', n))))
    const page = await read(engine, 'a', { since: first?.position ?? undefined, limit: 10 })
    expect(payloads(page.events)).toEqual([2, 3])
    expect(page.top.offset).toBe(3)
  })

  it('pages forwards and backwards through a log', async () => {
    const { engine, settled } = await open()
    await settled(Promise.all([1, 2, 3, 4, 5].map((n) => append(engine, 'a', n))))
    const oldest = await read(engine, 'a', { limit: 2 })
    expect(payloads(oldest.events)).toEqual([1, 2])
    const next = await read(engine, 'a', { since: positionOf(oldest.events[1]), limit: 2 })
    expect(payloads(next.events)).toEqual([3, 4])
    const newest = await read(engine, 'a', { limit: 2, reverse: true })
    expect(payloads(newest.events)).toEqual([5, 4])
    const older = await read(engine, 'a', {
      since: positionOf(newest.events[1]),
      limit: 9,
      reverse: true,
    })
    expect(payloads(older.events)).toEqual([3, 2, 1])
  })

  it('ends a page where its payloads grow too long, but never without an event', async () => {
    const { engine, settled } = await open()
    const event = (n: number) => newEvent(JSON.stringify('x'.repeat(48)), `long-${n}`)
    const calls = [1, 2, 3].map((n) => engine.append('a', event(n), { history: HISTORY }))
    await settled(Promise.all(calls))
    const ids = async (maxCharacters: number) =>
      (await read(engine, 'a', { limit: 9, maxCharacters })).events.map(({ id }) => id)
    expect(await ids(149)).toEqual(['long-1', 'long-2'])
    expect(await ids(1)).toEqual(['long-1'])
  })

  it('says that too much follows a place, however little is asked for at once', async () => {
    const { engine, settled } = await open()
    for (const n of [10, 20, 30, 40]) await settled(append(engine, 'a', n))
    const since = (await read(engine, 'a', { limit: 1 })).events[0]?.position ?? undefined
    const follow = async (events: number, bytes: number, limit = 1) => {
      const page = await engine.read('a', { since, limit, within: { events, bytes } })
      return page.ok ? payloads(page.value.events) : page.error
    }
    expect(await follow(3, 6)).toEqual([20])
    expect(await follow(3, 6, 9)).toEqual([20, 30, 40])
    for (const limit of [1, 9]) {
      expect(await follow(2, 6, limit)).toBe('too_many')
      expect(await follow(3, 5, limit)).toBe('too_many')
    }
  })

  it('remembers with an event which connection does not get it', async () => {
    const { engine, settled } = await open()
    await settled(append(engine, 'a', 1, { excludeConnection: 'c1' }))
    const [stored] = (await read(engine, 'a', { limit: 1 })).events
    expect(stored?.excludeConnection).toBe('c1')
  })

  it('gives an empty log a position from which the first event follows', async () => {
    const { engine, settled } = await open()
    const { top } = await read(engine, 'a', { limit: 1 })
    expect(top.offset).toBe(0)
    await settled(append(engine, 'a', 1))
    expect(payloads((await read(engine, 'a', { since: top, limit: 9 })).events)).toEqual([1])
  })

  it('gives each log an epoch that no other has, also before anything is written to it', async () => {
    const { engine, settled } = await open()
    const names = ['a', 'b', 'c', 'd']
    const before = await Promise.all(names.map((name) => read(engine, name, { limit: 1 })))
    const told = before.map(({ top }) => top.epoch)
    expect(new Set(told).size).toBe(names.length)
    await settled(Promise.all(names.map((name) => append(engine, name, 1))))
    const after = await Promise.all(names.map((name) => read(engine, name, { limit: 1 })))
    expect(after.map(({ top }) => top.epoch)).toEqual(told)
  })

  it('returns an event as it was published', async () => {
    const { engine, events, settled } = await open()
    const from = { user_id: 'ada', connection_id: 'c1' } as EventRecord['from']
    const event = { ...newEvent('{"n": 1.10, "t": "ü\\n"}', 'e1'), from, timestampMs: 1_234 }
    await settled(engine.append('a', event, { history: HISTORY }))
    const [stored] = (await read(engine, 'a', { limit: 1 })).events
    expect(stored).toMatchObject({ ...event, channel: 'a', delivery: 'logged' })
    expect(events[0]).toMatchObject({ ...event, channel: 'a', delivery: 'logged' })
  })

  it('keeps as many events as the policy says, and says when more is asked for', async () => {
    const { engine, settled } = await open()
    const history = { size: 3, ttlMs: 60_000 }
    const [first] = await settled(
      Promise.all([1, 2, 3, 4, 5].map((n) => append(engine, 'a', n, { history }))),
    )
    expect(payloads((await read(engine, 'a', { limit: 9 })).events)).toEqual([3, 4, 5])
    const lost = await engine.read('a', { since: first?.position ?? undefined, limit: 9 })
    expect(lost).toEqual({ ok: false, error: 'trimmed' })
    const since = first?.position ?? undefined
    const left = await read(engine, 'a', { since, limit: 9, partial: true })
    expect(payloads(left.events), 'what is left, where that is asked for').toEqual([3, 4, 5])
  })

  it('forgets events past their time, but no position', async () => {
    const { engine, clock, settled } = await open()
    const first = await settled(append(engine, 'a', 1))
    await settled(append(engine, 'a', 2))
    await clock.advance(60_001)
    const third = await settled(append(engine, 'a', 3))
    expect(third.position).toEqual({ epoch: first.position?.epoch, offset: 3 })
    expect(payloads((await read(engine, 'a', { limit: 9 })).events)).toEqual([3])
    expect(await engine.read('a', { since: first.position ?? undefined, limit: 9 })).toEqual({
      ok: false,
      error: 'trimmed',
    })
  })

  it('keeps what is held past its time and number, until it is released', async () => {
    const { engine, clock, settled } = await open()
    const history = { size: 2, ttlMs: 60_000 }
    const kept = async () => payloads((await read(engine, 'a', { limit: 99 })).events)
    const held = await settled(append(engine, 'a', 1, { history, holds: true }))
    await settled(Promise.all([2, 3, 4].map((n) => append(engine, 'a', n, { history }))))
    await clock.advance(600_000)
    expect(await kept()).toEqual([1, 2, 3, 4])
    const since = held.position ?? undefined
    const page = await read(engine, 'a', { since, limit: 9 })
    expect(payloads(page.events), 'what follows it follows it without a hole').toEqual([2, 3, 4])
    const last = await settled(append(engine, 'a', 5, { history, holds: true }))
    await settled(engine.release('a', { epoch: 'another', offset: 4 }))
    expect(await kept(), 'a position of another log releases nothing').toEqual([1, 2, 3, 4, 5])
    const upTo = positionOf(page.events[2])
    if (upTo) await settled(engine.release('a', upTo))
    expect(await kept()).toEqual([5])
    await clock.advance(600_000)
    expect(await kept(), 'what is held behind the position stays').toEqual([5])
    if (last.position) await settled(engine.release('a', last.position))
    expect(await kept()).toEqual([])
  })

  it('does not hold more than 2,000 events', async () => {
    const { engine, settled } = await open()
    const history = { size: 2, ttlMs: 60_000 }
    const many = Array.from({ length: 2_200 }, (_, n) => n)
    await settled(Promise.all(many.map((n) => append(engine, 'a', n, { history, holds: n === 5 }))))
    const { events } = await read(engine, 'a', { limit: 9_999 })
    expect(events.length).toBeLessThanOrEqual(2_064)
    expect(payloads(events).at(0)).toBeGreaterThan(100)
    expect(payloads(events).at(-1)).toBe(2_199)
  })

  it('does not lose a log to a wall clock that jumps', async () => {
    const { engine, clock, settled } = await open()
    await settled(append(engine, 'a', 1))
    clock.jumpWallClock(86_400_000)
    await settled(append(engine, 'a', 2))
    expect(payloads((await read(engine, 'a', { limit: 9 })).events)).toEqual([1, 2])
  })

  it('knows no position of another epoch, nor one that it has not reached', async () => {
    const { engine, settled } = await open()
    const { position } = await settled(append(engine, 'a', 1))
    const unknown = { ok: false, error: 'unknown_epoch' }
    expect(await engine.read('a', { since: { epoch: 'other', offset: 1 }, limit: 9 })).toEqual(
      unknown,
    )
    const ahead = { epoch: position?.epoch ?? '', offset: 2 }
    expect(await engine.read('a', { since: ahead, limit: 9 })).toEqual(unknown)
  })

  it('answers a repeated message id with the first result and tells nobody', async () => {
    const { engine, events, settled } = await open()
    const dedup = { sender: 'ada', messageId: 'm1' }
    const first = await settled(append(engine, 'a', 1, { dedup }))
    await settled(append(engine, 'a', 2))
    const again = await settled(append(engine, 'a', 1, { dedup }))
    expect(again).toEqual({ ...first, duplicate: true })
    expect(payloads(events)).toEqual([1, 2])
  })

  it('recognises a repetition within one batch', async () => {
    const { engine, events, settled } = await open()
    const dedup = { sender: 'ada', messageId: 'm1' }
    const both = [append(engine, 'a', 1, { dedup }), append(engine, 'a', 1, { dedup })]
    const results = await settled(Promise.all(both))
    expect(results.map(({ duplicate }) => duplicate)).toEqual([false, true])
    expect(events).toHaveLength(1)
  })

  it('keeps message ids of different senders and channels apart', async () => {
    const { engine, settled } = await open()
    const tries: [string, string, string][] = [
      ['a', 'ada', 'm1'],
      ['a', 'bob', 'm1'],
      ['b', 'ada', 'm1'],
      ['a', 'ad', 'a:m1'],
      ['a', 'ada:m', '1'],
    ]
    for (const [channel, sender, messageId] of tries) {
      const result = await settled(append(engine, channel, 1, { dedup: { sender, messageId } }))
      expect(result.duplicate, `${channel} ${sender} ${messageId}`).toBe(false)
    }
  })

  it('forgets a message id after 5 minutes', async () => {
    const { engine, clock, settled } = await open()
    const dedup = { sender: 'ada', messageId: 'm1' }
    await settled(append(engine, 'a', 1, { dedup }))
    await clock.advance(299_000)
    expect((await settled(append(engine, 'a', 1, { dedup }))).duplicate).toBe(true)
    await clock.advance(2_000)
    expect((await settled(append(engine, 'a', 1, { dedup }))).duplicate).toBe(false)
  })

  it('fans out without a position what no policy keeps, and knows its repetitions', async () => {
    const { engine, events, settled } = await open()
    const options = { history: undefined, dedup: { sender: 'ada', messageId: 'm1' } }
    const first = await settled(append(engine, 'a', 1, options))
    expect(first).toMatchObject({ position: null, duplicate: false })
    expect(await settled(append(engine, 'a', 1, options))).toEqual({ ...first, duplicate: true })
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ delivery: 'unlogged', position: null })
  })

  it('never logs a volatile event', async () => {
    const { engine, events, settled } = await open()
    await settled(append(engine, 'a', 1, { volatile: true, key: 'cursor' }))
    expect(events[0]).toMatchObject({ delivery: 'volatile', position: null, key: 'cursor' })
    expect((await read(engine, 'a', { limit: 9 })).events).toEqual([])
  })

  it('lets nothing overtake what was handed over before', async () => {
    const { engine, events, settled } = await open()
    await settled(Promise.all([append(engine, 'a', 1), append(engine, 'a', 2, { volatile: true })]))
    expect(payloads(events)).toEqual([1, 2])
  })
}
