import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { Clock } from '../ports/clock.ts'
import { FlushQueue } from './flush-queue.ts'

it('flushes each collector once at the end of a tick', async () => {
  const clock = new FakeClock()
  const queue = new FlushQueue(clock)
  const flushed: string[] = []
  queue.add({ flush: () => flushed.push('a') })
  queue.add({ flush: () => flushed.push('b') })
  expect(flushed).toEqual([])
  await clock.settle()
  expect(flushed).toEqual(['a', 'b'])
  await clock.settle()
  expect(flushed).toEqual(['a', 'b'])
})

it('spreads very many over ticks, in order, and later ones after them', () => {
  const ticks: (() => void)[] = []
  const clock: Pick<Clock, 'afterTick'> = { afterTick: (run) => ticks.push(run) }
  const queue = new FlushQueue(clock as Clock)
  const flushed: number[] = []
  for (let n = 0; n < 2_500; n += 1) queue.add({ flush: () => flushed.push(n) })
  expect(ticks).toHaveLength(1)
  ticks.shift()?.()
  expect(flushed).toHaveLength(1_000)
  queue.add({ flush: () => flushed.push(2_500) })
  while (ticks.length > 0) ticks.shift()?.()
  expect(flushed).toEqual(Array.from({ length: 2_501 }, (_, n) => n))
})
