import { expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

it('gives a burst at once, then the steady rate', () => {
  const bucket = new TokenBucket(50, 100, 0)
  const takenAt = (nowMs: number): number => {
    let taken = 0
    while (bucket.take(nowMs)) taken += 1
    return taken
  }
  expect(takenAt(0)).toBe(100)
  expect(takenAt(1_000)).toBe(50)
  expect(takenAt(1_010)).toBe(0)
  expect(takenAt(60_000)).toBe(100)
})

it('says how long to wait, and then there is a token', () => {
  const bucket = new TokenBucket(5 / 60, 1, 0)
  expect(bucket.waitMs(0)).toBe(0)
  bucket.take(0)
  expect(bucket.waitMs(0)).toBe(12_000)
  expect(bucket.take(11_999)).toBe(false)
  expect(bucket.take(12_000)).toBe(true)
})

it('takes nothing away when the clock is set back', () => {
  const bucket = new TokenBucket(1, 1, 10_000)
  expect(bucket.take(0)).toBe(true)
  expect(bucket.take(1_000)).toBe(true)
})

it('takes many at once, and waits for what is more than the burst as for the burst', () => {
  const bucket = new TokenBucket(10, 100, 0)
  expect(bucket.take(0, 60)).toBe(true)
  expect(bucket.take(0, 60)).toBe(false)
  expect(bucket.waitMs(0, 60)).toBe(2_000)
  expect(bucket.waitMs(0, 500)).toBe(6_000)
  expect(bucket.take(6_000, 500)).toBe(true)
  expect(bucket.take(6_000)).toBe(false)
})

it('takes back no more than the burst', () => {
  const bucket = new TokenBucket(1, 2, 0)
  bucket.take(0)
  bucket.putBack()
  bucket.putBack()
  expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false])
})
