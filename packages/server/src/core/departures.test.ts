import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { Departures } from './departures.ts'

const GRACE_MS = 100

function setUp() {
  const clock = new FakeClock(0)
  const over: string[] = []
  const departures = new Departures<number>(clock, GRACE_MS, (channel, { connectionId, value }) =>
    over.push(`${channel} ${connectionId} ${value} at ${clock.elapsed()}`),
  )
  return { clock, over, departures }
}

it('reports each user who does not come back in time, once', async () => {
  const { clock, over, departures } = setUp()
  departures.add('room', 'ada', { connectionId: 'c1', value: 1 })
  await clock.advance(40)
  departures.add('room', 'ada', { connectionId: 'c2', value: 2 })
  departures.add('hall', 'bob', { connectionId: 'c3', value: 3 })
  await clock.advance(80)
  expect(over).toEqual(['room c1 1 at 100'])
  expect(departures.of('room', 'ada')).toMatchObject([{ connectionId: 'c2', value: 2 }])
  await clock.advance(1_000)
  expect(over.slice(1)).toEqual(['room c2 2 at 140', 'hall c3 3 at 140'])
  expect(clock.pendingTimers).toBe(0)
})

it('reports nobody after it was stopped', async () => {
  const { clock, over, departures } = setUp()
  departures.add('room', 'ada', { connectionId: 'c1', value: 1 })
  departures.stop()
  expect(clock.pendingTimers).toBe(0)
  await clock.advance(1_000)
  expect([over, departures.of('room', 'ada')]).toEqual([[], []])
})

it('hands over what one user left in one channel, and nothing else', async () => {
  const { clock, over, departures } = setUp()
  departures.add('room', 'ada', { connectionId: 'c1', value: 1 })
  departures.add('room', 'ada', { connectionId: 'c2', value: 2 })
  departures.add('room', 'bob', { connectionId: 'c3', value: 3 })
  departures.add('hall', 'ada', { connectionId: 'c4', value: 4 })
  expect(departures.take('room', 'ada').map(({ value }) => value)).toEqual([1, 2])
  expect(departures.take('room', 'ada')).toEqual([])
  await clock.advance(1_000)
  expect(over).toEqual(['room c3 3 at 100', 'hall c4 4 at 100'])
})
