import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Subscriber } from './subscriber.ts'

const create = (bufferSize?: number, reportError?: (error: unknown) => void) =>
  new Subscriber<number>({
    channelName: 'chat:general',
    clientId: 'ada',
    ...(bufferSize !== undefined && { bufferSize }),
    ...(reportError && { reportError }),
  })

it('hands out what waits, oldest first, and null when nothing does', () => {
  const subscriber = create()
  for (const n of [1, 2, 3]) subscriber.push(n)
  expect(subscriber.tryReceive()).toBe(1)
  expect(subscriber.drain()).toEqual([2, 3])
  expect(subscriber.tryReceive()).toBeNull()
  expect(subscriber.receivedCount).toBe(3)
})

it('keeps the last of what was sent, and counts and tells what it missed', () => {
  const subscriber = create(2)
  const told: number[] = []
  subscriber.onMissed((count) => told.push(count))
  for (const n of [1, 2, 3, 4, 5]) subscriber.push(n)
  expect(subscriber.missedCount).toBe(3)
  expect(subscriber.drain()).toEqual([4, 5])
  expect(told).toEqual([3])
})

it('is a bounded queue, whatever is pushed and taken', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.option(fc.nat(99), { nil: undefined })),
      (size, steps) => {
        const subscriber = create(size)
        const model: number[] = []
        let missed = 0
        for (const step of steps) {
          if (step === undefined) {
            expect(subscriber.tryReceive()).toBe(model.shift() ?? null)
          } else {
            subscriber.push(step)
            model.push(step)
            if (model.length > size) {
              model.shift()
              missed += 1
            }
          }
        }
        expect(subscriber.missedCount).toBe(missed)
        expect(subscriber.drain()).toEqual(model)
      },
    ),
  )
})

it('iterates over what waits and what comes, until it ends', async () => {
  const subscriber = create()
  subscriber.push(1)
  const received: number[] = []
  const reading = (async () => {
    for await (const message of subscriber) received.push(message)
  })()
  await Promise.resolve()
  subscriber.push(2)
  subscriber.push(3)
  subscriber.end('done')
  subscriber.push(4)
  await reading
  expect(received).toEqual([1, 2, 3])
  expect(subscriber.endReason).toBe('done')
})

it('serves several who wait in their order', async () => {
  const iterator = create()[Symbol.asyncIterator]()
  const subscriber = create()
  const [first, second] = [subscriber, subscriber].map((each) =>
    each[Symbol.asyncIterator]().next(),
  )
  subscriber.push(1)
  subscriber.push(2)
  expect(await Promise.all([first, second])).toMatchObject([{ value: 1 }, { value: 2 }])
  expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
})

it('goes on calling back after a callback threw', () => {
  const errors: unknown[] = []
  const subscriber = create(10, (error) => errors.push(error))
  const received: number[] = []
  subscriber.push(0)
  const stop = subscriber.onMessage((message) => {
    received.push(message)
    if (message === 1) throw new Error('no')
  })
  for (const n of [1, 2]) subscriber.push(n)
  stop()
  subscriber.push(3)
  expect(received).toEqual([0, 1, 2])
  expect(errors).toHaveLength(1)
  expect(subscriber.receivedCount).toBe(3)
  expect(subscriber.tryReceive()).toBe(3)
})
