import { expect, it } from 'vitest'
import { FakeClock } from './fake-clock.ts'

it('runs timers in the order of their moments, each at its own time', async () => {
  const clock = new FakeClock(0)
  const ran: [string, number][] = []
  clock.setTimer(() => ran.push(['late', clock.now()]), 20)
  clock.setTimer(() => ran.push(['early', clock.now()]), 10)
  await clock.advance(15)
  expect(ran).toEqual([['early', 10]])
  await clock.advance(5)
  expect(ran).toEqual([
    ['early', 10],
    ['late', 20],
  ])
})

it('does not run a cancelled timer', async () => {
  const clock = new FakeClock(0)
  let ran = false
  const cancel = clock.setTimer(() => {
    ran = true
  }, 10)
  cancel()
  await clock.advance(20)
  expect(ran).toBe(false)
})

it('settles ticks that promises queue and promises that ticks queue', async () => {
  const clock = new FakeClock(0)
  const seen: string[] = []
  clock.afterTick(() => {
    seen.push('tick')
    void Promise.resolve().then(() => clock.afterTick(() => seen.push('tick from a promise')))
  })
  await clock.settle()
  expect(seen).toEqual(['tick', 'tick from a promise'])
})

it('keeps monotonic time when the wall clock jumps', async () => {
  const clock = new FakeClock(1_000)
  clock.jumpWallClock(3_600_000)
  await clock.advance(5)
  expect(clock.elapsed()).toBe(5)
  expect(clock.now()).toBe(3_601_005)
})

it('says so when a condition never comes true', async () => {
  await expect(new FakeClock(0).until(() => false)).rejects.toThrow('did not hold')
})
