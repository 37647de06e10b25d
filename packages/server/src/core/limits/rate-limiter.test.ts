import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { RateLimiter } from './rate-limiter.ts'
import { createRefusalFigures } from './refusal-figures.ts'

function limiterOf(perSecond: number, burst: number) {
  const clock = new FakeClock()
  const figures = createRefusalFigures()
  const rate = { perSecond, burst }
  const limiter = new RateLimiter({ rate, clock, figures, kind: 'requests', what: 'requests' })
  return { limiter, clock, figures }
}

it('allows a burst, then refuses until the budget recovers, for each name separately', async () => {
  const { limiter, clock, figures } = limiterOf(2, 3)
  const taken = [1, 2, 3, 4].map(() => limiter.take('ada')?.error)
  expect(taken.slice(0, 3)).toEqual([undefined, undefined, undefined])
  expect(taken[3]).toMatchObject({
    code: 'rate_limited',
    message: 'too many requests; try again in 500 ms',
    details: { retry_after_ms: 500 },
  })
  expect(limiter.take('bob')).toBeUndefined()
  await clock.advance(500)
  expect(limiter.take('ada')).toBeUndefined()
  expect(limiter.take('ada')).toBeDefined()
  expect(figures.requests).toBe(2)
})

it('checks what it would refuse without counting it', () => {
  const { limiter } = limiterOf(1, 1)
  expect([limiter.check('ada'), limiter.check('ada')]).toEqual([undefined, undefined])
  limiter.spend('ada')
  expect(limiter.check('ada')?.error.code).toBe('rate_limited')
  limiter.putBack('ada')
  expect(limiter.check('ada')).toBeUndefined()
})

it('treats a rate of 0 as no limit', () => {
  const { limiter, figures } = limiterOf(0, 0)
  for (let n = 0; n < 1_000; n += 1) expect(limiter.take('ada')).toBeUndefined()
  expect([limiter.size, figures.requests]).toEqual([0, 0])
})

it('keeps at most 20,000 of 200,000 names: the most recent ones', () => {
  const { limiter } = limiterOf(1, 1)
  for (let n = 0; n < 200_000; n += 1) limiter.take(`user-${n}`)
  expect(limiter.size).toBe(20_000)
  expect(limiter.check('user-199999')).toBeDefined()
  expect(limiter.check('user-0')).toBeUndefined()
})
