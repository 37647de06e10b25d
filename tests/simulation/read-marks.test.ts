import assert from 'node:assert'
import { createMemoryEngine, RealtimeHub } from '@coterie/server'
import { MemoryBackplane } from '@coterie/server/engine'
import { FakeClock, nameAuthenticator, SeededRandom } from '@coterie/testing'
import { expect, it } from 'vitest'
import { idleStore } from './idle-store.ts'
import { distantEngine } from './worlds/distant-engine.ts'

const EVENTS = 40
const USERS = ['ada', 'bob', 'eve']

async function run(seed: number) {
  const clock = new FakeClock()
  const random = new SeededRandom(seed)
  const backplane = new MemoryBackplane(clock, random)
  const hubs = Array.from(
    { length: 3 },
    () =>
      new RealtimeHub({
        store: idleStore,
        clock,
        random,
        authenticator: nameAuthenticator,
        channels: { 'room:*': { history: true } },
        engine: distantEngine(createMemoryEngine({ clock, random, backplane }), clock, random, 20),
      }),
  )
  const receipts = hubs.map(() => [] as { event_id: string; read_by: number }[])
  const inTime = async <Value>(values: readonly Promise<Value>[]): Promise<Value[]> => {
    let isDone = false
    const all = Promise.all(values).finally(() => {
      isDone = true
    })
    await clock.until(() => isDone)
    return all
  }
  await inTime(
    hubs.map((hub, index) =>
      hub.ephemeral.subscribeRoom('1', ({ type, data }) => {
        if (type === 'read_receipt') receipts[index]?.push(data as never)
      }),
    ),
  )
  for (let n = 1; n <= EVENTS; n += 1) {
    await hubs[0]?.publish('room:1', 'e', n, { messageId: `m${n}` })
  }

  // A listener to every change would see a mark that moves back.
  const seen = new Map<string, number>()
  const watcher = createMemoryEngine({ clock, random, backplane })
  await watcher.start({
    onEvent() {},
    onChange({ map, changes }) {
      if (map !== 'reads') return
      for (const { key, value } of changes) {
        const offset = Number(/m(\d+)/.exec(value ?? '')?.[1])
        assert(offset > (seen.get(key) ?? 0), `${key} moved from ${seen.get(key)} to ${offset}`)
        seen.set(key, offset)
      }
    },
  })

  const furthest = new Map<string, number>()
  const asked: Promise<unknown>[] = []
  for (let n = 0; n < 60; n += 1) {
    const user = USERS[random.below(USERS.length)] as string
    const offset = 1 + random.below(EVENTS)
    furthest.set(user, Math.max(offset, furthest.get(user) ?? 0))
    const hub = hubs[random.below(hubs.length)] as RealtimeHub
    asked.push(hub.ephemeral.publishReadReceipt('1', user, `m${offset}`))
    if (random.below(3) === 0) await clock.advance(random.below(30))
  }
  const marked = await inTime(asked)
  await clock.advance(1_000)
  return { marked, seen, furthest, receipts }
}

it.each(Array.from({ length: 25 }, (_, index) => index + 1))(
  'keeps how far each user has read, whatever node they say it to (seed %i)',
  async (seed) => {
    const { marked, seen, furthest, receipts } = await run(seed)
    for (const each of marked) expect(each).toMatchObject({ ok: true })
    expect(seen).toEqual(furthest)
    const top = Math.max(...furthest.values())
    const readBy = [...furthest.values()].filter((offset) => offset === top).length
    for (const told of receipts) {
      const last = told.filter(({ event_id }) => event_id === `m${top}`).at(-1)
      expect(last).toMatchObject({ event_id: `m${top}`, read_by: readBy })
    }
  },
)
