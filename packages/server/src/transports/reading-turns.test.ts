import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { ReadingTurns } from './reading-turns.ts'

function createReader() {
  const reader = {
    isPaused: false,
    pause: () => {
      reader.isPaused = true
    },
    resume: () => {
      reader.isPaused = false
    },
  }
  return reader
}

it('pauses a socket that brings megabytes until the next tick, and no other socket', async () => {
  const clock = new FakeClock()
  const turns = new ReadingTurns(clock)
  const [loud, quiet] = [createReader(), createReader()]
  turns.count(loud, 65_536)
  expect(loud.isPaused).toBe(false)
  turns.count(loud, 65_536)
  turns.count(quiet, 100)
  expect([loud.isPaused, quiet.isPaused]).toEqual([true, false])
  await clock.settle()
  expect(loud.isPaused).toBe(false)
  turns.count(loud, 65_536)
  expect(loud.isPaused).toBe(false)
})

it('takes one message of each socket once a tick has become long', async () => {
  const clock = new FakeClock()
  const turns = new ReadingTurns(clock)
  const readers = Array.from({ length: 3 }, createReader)
  const elapsedMs = [0, 0, 0, 9, 11, 11]
  clock.elapsed = () => elapsedMs.shift() ?? 11
  for (const reader of readers) turns.count(reader, 10)
  expect(readers.map(({ isPaused }) => isPaused)).toEqual([false, false, false])
  for (const reader of readers) turns.count(reader, 10)
  expect(readers.every(({ isPaused }) => isPaused)).toBe(true)
  await clock.settle()
  expect(readers.some(({ isPaused }) => isPaused)).toBe(false)
})
