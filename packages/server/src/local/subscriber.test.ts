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

it('is a bounded queue, whatever is pushed and taken, and however', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ push: fc.nat(99) }) },
    { weight: 2, arbitrary: fc.constant('receive' as const) },
    fc.constantFrom('drain' as const, 'call' as const, 'stop' as const, 'end' as const),
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(step, { maxLength: 60 }),
      (size, steps) => {
        const subscriber = create(size)
        const model = { waiting: [] as number[], taken: [] as number[], missed: 0, isEnded: false }
        const taken: number[] = []
        let isCalled = false
        let stop = () => {}
        const takeAll = () => model.taken.push(...model.waiting.splice(0))
        for (const each of steps) {
          if (each === 'receive') {
            const message = subscriber.tryReceive()
            if (message !== null) taken.push(message)
            model.taken.push(...model.waiting.splice(0, 1))
          } else if (each === 'drain') {
            taken.push(...subscriber.drain())
            takeAll()
          } else if (each === 'call') {
            stop = subscriber.onMessage((message) => taken.push(message))
            isCalled = true
            takeAll()
          } else if (each === 'stop') {
            stop()
            isCalled = false
          } else if (each === 'end') {
            subscriber.end('done')
            model.isEnded = true
          } else {
            expect(subscriber.push(each.push)).toBe(!model.isEnded)
            if (!model.isEnded) model.waiting.push(each.push)
            if (isCalled) takeAll()
            if (model.waiting.length > size) {
              model.waiting.shift()
              model.missed += 1
            }
          }
          expect(taken).toEqual(model.taken)
          expect(subscriber).toMatchObject({
            size: model.waiting.length,
            receivedCount: model.taken.length,
            missedCount: model.missed,
            isEnded: model.isEnded,
          })
        }
      },
    ),
  )
})

it.each([0, -1, 1.5, Number.NaN])('refuses a buffer of %d messages', (bufferSize) => {
  expect(() => create(bufferSize)).toThrow(expect.objectContaining({ code: 'invalid_payload' }))
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

it('ends an iteration that waits, and lets what waits be taken after the end', async () => {
  const subscriber = create()
  const waiting = subscriber[Symbol.asyncIterator]().next()
  subscriber.end('the channel was removed')
  expect(await waiting).toEqual({ done: true, value: undefined })

  const full = create()
  full.push(1)
  full.end('done')
  full.end('again')
  expect(full.push(2)).toBe(false)
  expect([full.endReason, full.drain()]).toEqual(['done', [1]])
})

it('serves several who wait in their order', async () => {
  const subscriber = create()
  const next = () => subscriber[Symbol.asyncIterator]().next()
  const waiting = [next(), next(), next()]
  for (const n of [1, 2, 3]) subscriber.push(n)
  expect(await Promise.all(waiting)).toMatchObject([{ value: 1 }, { value: 2 }, { value: 3 }])
})

it('loses nothing to an iteration that was left while it waited', async () => {
  const subscriber = create()
  const iterator = subscriber[Symbol.asyncIterator]()
  const waiting = iterator.next()
  expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
  expect(await waiting).toEqual({ done: true, value: undefined })
  subscriber.push(1)
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
  expect(subscriber.tryReceive()).toBe(1)
})

it('tells of a gap just before the message that follows it, in every view', async () => {
  const told: unknown[] = []
  const subscriber = create(2)
  subscriber.onMissed((count) => told.push(`missed ${count}`))
  for (const n of [1, 2, 3]) subscriber.push(n)
  told.push((await subscriber[Symbol.asyncIterator]().next()).value)
  for (const n of [4, 5, 6]) subscriber.push(n)
  const stop = subscriber.onMessage((message) => told.push(message))
  stop()
  expect(told).toEqual(['missed 1', 2, 'missed 2', 5, 6])
})

it('forgets what is discarded, and counts it neither way', () => {
  const subscriber = create(2)
  for (const n of [1, 2, 3]) subscriber.push(n)
  subscriber.discard()
  expect(subscriber.tryReceive()).toBeNull()
  expect(subscriber).toMatchObject({ receivedCount: 0, missedCount: 1, size: 0 })
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

it('calls back until the signal aborts, even while it hands out what waited', () => {
  const subscriber = create()
  const abort = new AbortController()
  for (const n of [1, 2, 3]) subscriber.push(n)
  const received: number[] = []
  const receive = (message: number): void => {
    received.push(message)
    if (message === 2) abort.abort()
  }
  subscriber.onMessage(receive, { signal: abort.signal })
  subscriber.push(4)
  subscriber.onMessage(receive, { signal: abort.signal })
  expect(received).toEqual([1, 2])
  expect(subscriber.drain()).toEqual([3, 4])
})

it('calls back in order, also with what the callback itself sends', () => {
  const subscriber = create()
  const received: number[] = []
  for (const n of [1, 2]) subscriber.push(n)
  subscriber.onMessage((message) => {
    received.push(message)
    if (message === 1) subscriber.push(3)
    if (message === 3) subscriber.end('done')
  })
  expect(received).toEqual([1, 2, 3])
  expect(subscriber.isEnded).toBe(true)
})
