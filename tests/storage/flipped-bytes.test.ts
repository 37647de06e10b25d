import { closeSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createHub } from '@coterie/server'
import type { JsonText } from '@coterie/server/engine'
import { SeededRandom } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { appendMany, CHANNEL, opened } from './acknowledged-log.ts'
import { judge, type Verdict } from './judge-storage.ts'
import { ACKNOWLEDGED, closedWorld, engineOn, killedWorld } from './storage-world.ts'

const FLIPPED_BYTES = 16
/** Places of one file that are tried. */
const PLACES = Number(process.env.COTERIE_FLIPPED_PLACES ?? 60)

/** Changes bytes in place, so that every one of them is another one. */
function flip(path: string, at: number, random: SeededRandom): void {
  const descriptor = openSync(path, 'r+')
  const bytes = Buffer.alloc(FLIPPED_BYTES)
  const count = readSync(descriptor, bytes, 0, FLIPPED_BYTES, at)
  for (let index = 0; index < count; index += 1) {
    bytes[index] = (bytes[index] ?? 0) ^ (1 + Math.floor(random.next() * 255))
  }
  writeSync(descriptor, bytes, 0, count, at)
  closeSync(descriptor)
}

/** Finds where the file holds a text. */
function placeOf(path: string, text: string): number {
  const at = readFileSync(path).lastIndexOf(text)
  expect(at).toBeGreaterThan(0)
  return at
}

/** What SQLite needs every page for, by the page's kind. */
async function pagesByKind(path: string): Promise<Map<string, number>> {
  const file = new DatabaseSync(path)
  const rows = file.prepare("SELECT name, pageno FROM dbstat WHERE pagetype = 'leaf'").all()
  file.close()
  return new Map(rows.map(({ name, pageno }) => [String(name), (Number(pageno) - 1) * 4_096]))
}

const isTold = (verdict: Verdict): boolean =>
  verdict.kind === 'refused' || verdict.kind === 'whole' || verdict.kind === 'announced'

describe('16 bytes that were flipped while no engine ran', () => {
  it('never become wrong content or a silent loss, wherever they are', async () => {
    const verdicts: string[] = []
    for (let place = 0; place < PLACES; place += 1) {
      const random = new SeededRandom(place + 1)
      const world = await closedWorld()
      const { size } = statSync(world.path)
      flip(world.path, Math.floor((size * (place + random.next())) / PLACES), random)
      const verdict = await judge(world)
      expect(isTold(verdict)).toBe(true)
      verdicts.push(verdict.kind)
    }
    expect(new Set(verdicts).size, 'some refuse, and some go on').toBeGreaterThan(1)
  })

  it('never do so after a kill either', async () => {
    for (const part of ['', '-wal']) {
      for (let place = 0; place < 4; place += 1) {
        const random = new SeededRandom(place + 1)
        const world = await killedWorld()
        const path = `${world.path}${part}`
        flip(path, Math.floor((statSync(path).size * (place + random.next())) / 4), random)
        expect(isTold(await judge(world))).toBe(true)
      }
    }
  })

  it('are told in one line where they are in what nothing can do without', async () => {
    const kinds = await pagesByKind((await closedWorld()).path)
    for (const name of ['logs', 'maps', 'entries', 'events_by_offset', 'meta']) {
      const world = await closedWorld()
      const page = kinds.get(name)
      if (page === undefined) throw new Error(`no page of ${name}`)
      // Where each leaf has its last cell, and so something that counts.
      flip(world.path, page + 4_096 - FLIPPED_BYTES, new SeededRandom(1))
      expect(await judge(world), name).toMatchObject({ kind: 'refused' })
    }
  })

  it('make a gap of one event, and the rest of the channel lives', async () => {
    const world = await closedWorld()
    flip(world.path, placeOf(world.path, 'event 30 event 30'), new SeededRandom(1))
    expect(await judge(world)).toEqual({ kind: 'announced', reason: 'damaged', left: 59 })

    const engine = await opened(engineOn(world.path))
    const at = (offset: number) => ({ epoch: world.epoch, offset })
    const after = await engine.read(CHANNEL, { since: at(30), limit: 100 })
    expect(after.ok && after.value.events.length).toBe(31)
    const part = await engine.read(CHANNEL, { since: at(20), limit: 100, partial: true })
    if (!part.ok) throw new Error(part.error)
    expect(part.value.damaged).toEqual([{ after: at(29), next: at(31) }])
    expect(part.value.events.map(({ position }) => position?.offset)).not.toContain(30)
    // A page that ends before the damage says nothing of it.
    const before = await engine.read(CHANNEL, { since: at(20), limit: 9 })
    expect(before.ok && before.value.damaged).toBeUndefined()
    const byPattern = await engine.readPattern('#', {
      since: { epoch: part.value.events[0]?.sequence?.epoch ?? '', offset: 20 },
      limit: 100,
    })
    expect(byPattern).toEqual({ ok: false, error: 'damaged' })
    await engine.close()
  })
})

it('answers history in JSON with a gap, where a payload is damaged while the hub runs', async () => {
  const world = await closedWorld()
  flip(world.path, placeOf(world.path, 'event 30 event 30'), new SeededRandom(2))
  const hub = createHub({
    engine: engineOn(world.path),
    apiKeys: ['key-of-sixteen-chars'],
    channels: { 'room:*': { history: { size: 10_000, ttlMs: 86_400_000 } } },
  })
  await hub.start()
  const ask = async (query: string) => {
    const response = await hub.fetch(
      new Request(`http://hub/api/realtime/channels/${CHANNEL}/history?limit=100${query}`, {
        headers: { authorization: 'Bearer key-of-sixteen-chars' },
      }),
    )
    return { status: response.status, body: await response.json() }
  }
  const at = (offset: number): string => `${world.epoch}:${offset}`
  const gap = { after: at(29), next: at(31), reason: 'damaged' }
  const all = await ask('')
  expect(all).toMatchObject({ status: 200, body: { gaps: [gap] } })
  expect(all.body.events).toHaveLength(ACKNOWLEDGED - 1)
  expect((await ask(`&reverse=true`)).body.gaps).toEqual([gap])
  const resumed = await ask(`&since=${at(20)}`)
  expect(resumed.status).toBe(200)
  expect(resumed.body.events, 'up to the damage').toHaveLength(9)
  expect(await ask(`&since=${at(29)}`)).toMatchObject({
    status: 404,
    body: { error: { details: gap } },
  })
  expect((await ask(`&since=${at(30)}`)).body.events).toHaveLength(30)
  await hub.close()
})

it('refuses a map that is damaged, rather than show what was never in it', async () => {
  const world = await closedWorld()
  const file = new DatabaseSync(world.path)
  file.exec(`UPDATE entries SET value = '"forged"' WHERE key = 'key-20'`)
  file.close()
  expect(await judge(world)).toMatchObject({
    kind: 'refused',
    message: expect.stringMatching(/1 rows of entries are not what they were/),
  })
})

it('lets those write whose rows are whole, in the same moment as one whose row is not', async () => {
  const path = join((await closedWorld()).folder, 'dedup.sqlite')
  const engine = await opened(engineOn(path))
  await appendMany(engine, 1, 1)
  await engine.close()
  const file = new DatabaseSync(path)
  file.exec('UPDATE dedup SET "offset" = 7')
  file.close()
  // The digest of a clean end is what tells; without it nobody looks at these rows before.
  const again = await opened(engineOn(path))
  const append = (number: number) =>
    again.append(
      CHANNEL,
      {
        id: `event-${number}` as never,
        event: 'message',
        payload: '1' as JsonText,
        from: null,
        timestampMs: 1,
      },
      {
        history: { size: 10, ttlMs: 60_000 },
        dedup: { sender: 'ada', messageId: `event-${number}` },
      },
    )
  const [first, second] = await Promise.allSettled([append(1), append(2)])
  expect(first.status === 'fulfilled' && first.value.position?.offset !== 7).toBe(true)
  expect(second.status).toBe('fulfilled')
  await again.close()
})
