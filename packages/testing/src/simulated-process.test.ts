import { expect, it } from 'vitest'
import { FakeClock } from './fake-clock.ts'
import { SimulatedProcess } from './simulated-process.ts'

it('runs what was due while it stood still once it goes on, in order', async () => {
  const world = new FakeClock(0)
  const process = new SimulatedProcess(world)
  const ran: [string, number][] = []
  const note = (name: string) => () => ran.push([name, process.elapsed()])
  process.setTimer(note('late'), 20)
  process.setTimer(note('early'), 10)
  const cancel = process.setTimer(note('cancelled'), 15)
  process.stop()
  process.enter(note('a message'))
  await world.advance(100)
  expect(ran).toEqual([])
  cancel()
  process.goOn()
  await world.advance(0)
  expect(ran.map(([name]) => name)).toEqual(['a message', 'early', 'late'])
  expect(process.elapsed()).toBe(100)
})

it('does not count the time of its sleep where the monotonic clock stands still', async () => {
  const world = new FakeClock(0)
  const process = new SimulatedProcess(world)
  process.stop()
  await world.advance(1_000)
  process.goOn(false)
  process.jumpWallClock(5)
  expect([process.now(), process.elapsed()]).toEqual([1_005, 0])
})

it('runs nothing once it is dead', async () => {
  const world = new FakeClock(0)
  const process = new SimulatedProcess(world)
  let ran = 0
  const count = () => {
    ran += 1
  }
  process.setTimer(count, 10)
  process.afterTick(count)
  process.kill()
  process.enter(count)
  await world.advance(100)
  expect(ran).toBe(0)
})
