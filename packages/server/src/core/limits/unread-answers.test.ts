import { expect, it } from 'vitest'
import { type Taker, UnreadAnswers } from './unread-answers.ts'

const ADDRESS = '192.0.2.1'

/** A receiver with this many unread bytes. */
function createTaker(untakenBytes: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const taker = {
    untakenBytes,
    taken: () => promise,
    take: () => {
      taker.untakenBytes = 0
      resolve()
    },
  }
  return taker satisfies Taker
}

it('allows reads for an address while its unread bytes are below the limit', async () => {
  const unread = new UnreadAnswers(100)
  const taker = createTaker(60)
  expect(await unread.admit(ADDRESS, taker, 0)).toMatchObject({ ok: true })
  expect(await unread.admit(ADDRESS, createTaker(0), 40)).toMatchObject({ ok: true })
  taker.untakenBytes = 101
  expect(await unread.admit(ADDRESS, createTaker(0), 0)).toMatchObject({
    error: { code: 'rate_limited', details: { retry_after_ms: 1_000 } },
  })
  expect(await unread.admit('192.0.2.2', createTaker(0), 0)).toMatchObject({ ok: true })
})

it('lets answers wait for reads in progress if both together exceed the limit', async () => {
  const unread = new UnreadAnswers(100)
  const first = await unread.admit(ADDRESS, createTaker(0), 100)
  const begun: number[] = []
  for (const n of [2, 3]) void unread.admit(ADDRESS, createTaker(0), 60).then(() => begun.push(n))
  await Promise.resolve()
  expect(begun).toEqual([])
  if (first.ok) for (let twice = 0; twice < 2; twice += 1) first.value()
  await expect.poll(() => begun).toEqual([2])
})

it('continues when waiting bytes were read, or their receiver has gone', async () => {
  const unread = new UnreadAnswers(100)
  const [slow, gone] = [createTaker(0), createTaker(0)]
  for (const taker of [slow, gone]) {
    const entered = await unread.admit(ADDRESS, taker, 0)
    if (entered.ok) entered.value()
  }
  slow.untakenBytes = 99
  const begun: number[] = []
  for (const n of [1, 2]) void unread.admit(ADDRESS, createTaker(0), 70).then(() => begun.push(n))
  slow.take()
  await expect.poll(() => begun).toEqual([1])
  unread.remove(slow)
  unread.remove(gone)
  expect(unread.size).toBe(1)
})

it('keeps nothing of receivers that have gone', async () => {
  const unread = new UnreadAnswers(100)
  const takers = [createTaker(90), createTaker(0)]
  for (const taker of takers) await unread.admit(ADDRESS, taker, 0)
  const waiting = unread.admit(ADDRESS, createTaker(0), 80)
  for (const taker of takers) unread.remove(taker)
  expect(await waiting).toMatchObject({ ok: true })
  expect(unread.size).toBe(1)
})

it('checks few other receivers for each request of a crowd behind one address', async () => {
  const unread = new UnreadAnswers(1_000)
  let looks = 0
  const crowd = Array.from({ length: 1_000 }, () => {
    const taker = createTaker(0)
    const seen: Taker = {
      get untakenBytes() {
        looks += 1
        return taker.untakenBytes
      },
      taken: taker.taken,
    }
    return { taker, seen }
  })
  let begun = 0
  let refused = 0
  for (const { taker, seen } of crowd) {
    void unread.admit(ADDRESS, seen, 10).then((entered) => {
      if (!entered.ok) {
        refused += 1
        return
      }
      begun += 1
      taker.untakenBytes = 9
      entered.value()
    })
    await Promise.resolve()
  }
  for (const { taker } of crowd) {
    taker.take()
    await Promise.resolve()
  }
  await expect.poll(() => begun + refused).toBe(crowd.length)
  expect(begun).toBeGreaterThan(500)
  expect(looks).toBeLessThan(crowd.length * 20)
})
