import { expect, it } from 'vitest'
import { FrameLane } from './frame-lane.ts'

function lane() {
  const log: string[] = []
  const made = new FrameLane<string>(() => log.push('idle'))
  const add = (name: string, outcome: string | Promise<string>, isBarrier = false): void =>
    made.add(
      () => {
        log.push(`start ${name}`)
        return outcome
      },
      (value) => log.push(`finish ${value}`),
      isBarrier,
    )
  return { log, add }
}

it('finishes synchronous work at once', () => {
  const { log, add } = lane()
  add('a', 'a')
  expect(log).toEqual(['start a', 'finish a', 'idle'])
})

it('starts all work at once and finishes it in the order of arrival', async () => {
  const { log, add } = lane()
  const slow = Promise.withResolvers<string>()
  add('slow', slow.promise)
  add('quick', 'quick')
  expect(log).toEqual(['start slow', 'start quick'])
  slow.resolve('slow')
  await slow.promise
  await Promise.resolve()
  expect(log.slice(2)).toEqual(['finish slow', 'finish quick', 'idle'])
})

it('starts nothing behind a barrier until the barrier is finished', async () => {
  const { log, add } = lane()
  const barrier = Promise.withResolvers<string>()
  add('barrier', barrier.promise, true)
  add('after', 'after')
  add('second', 'second', true)
  add('last', 'last')
  expect(log).toEqual(['start barrier'])
  barrier.resolve('barrier')
  await barrier.promise
  await Promise.resolve()
  expect(log.slice(1)).toEqual([
    'finish barrier',
    'start after',
    'start second',
    'start last',
    'finish after',
    'finish second',
    'finish last',
    'idle',
  ])
})
