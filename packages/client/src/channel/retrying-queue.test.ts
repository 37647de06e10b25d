import { err, ok, RealtimeError, type Result } from '@coterie/protocol'
import { expect, it } from 'vitest'
import { type QueueItem, RetryingQueue, type RetryingQueueParts } from './retrying-queue.ts'

interface Item extends QueueItem {
  readonly name: string
}

const LATER = new RealtimeError('rate_limited', 'later')
const LOST = new RealtimeError('timeout', 'lost')
const NEVER = new RealtimeError('forbidden', 'never')

/** A queue whose answers, retries and places a test holds in its hands. */
function createQueue(parts: Partial<RetryingQueueParts<Item>> = {}) {
  const sent: string[] = []
  const answers: ((result: Result<unknown>) => void)[] = []
  const rejected: string[] = []
  const retries: { readonly failures: number; readonly run: () => void }[] = []
  const world = { isOpen: true, hasEnded: false, places: 2, cancelled: 0 }
  const queue = new RetryingQueue<Item>({
    host: {
      get hasEnded() {
        return world.hasEnded
      },
      createAbsenceError: () => new RealtimeError('unavailable', 'ended'),
      retry: (_, failures, run) => {
        retries.push({ failures, run })
        return () => {
          world.cancelled += 1
        }
      },
      takePublishSlot: () => {
        if (world.places === 0) return false
        world.places -= 1
        return true
      },
      freePublishSlots: (count) => {
        world.places += count
      },
    },
    maySend: () => world.isOpen,
    send: (items, take) => {
      sent.push(items.map(({ name }) => name).join(''))
      answers.push(take(() => {}))
    },
    ...parts,
  })
  const push = (...names: string[]) => {
    for (const name of names) {
      queue.push({ name, reject: ({ code }) => rejected.push(`${name} ${code}`) })
    }
    queue.flush()
  }
  const answer = (result: Result<unknown> = ok(undefined)) => answers.at(-1)?.(result)
  return { queue, world, sent, answers, answer, rejected, retries, push }
}

it('sends one at a time, in order', () => {
  const { queue, sent, answer, push } = createQueue()
  push('a', 'b', 'c')
  expect(sent).toEqual(['a'])
  answer()
  expect(sent).toEqual(['a', 'b'])
  answer(err(NEVER))
  answer()
  expect(sent).toEqual(['a', 'b', 'c'])
  expect(queue.isIdle).toBe(true)
})

it('sends nothing while it may not', () => {
  const { queue, world, sent, push } = createQueue()
  world.isOpen = false
  push('a')
  expect(sent).toEqual([])
  world.isOpen = true
  queue.flush()
  expect(sent).toEqual(['a'])
})

it('waits before it sends again, longer with each failure, and not for the next item', () => {
  const { sent, answer, retries, push } = createQueue()
  push('a', 'b')
  answer(err(LATER))
  expect(sent).toEqual(['a'])
  retries[0]?.run()
  answer(err(LATER))
  retries[1]?.run()
  expect(sent).toEqual(['a', 'a', 'a'])
  answer()
  answer(err(LATER))
  expect(retries.map(({ failures }) => failures)).toEqual([0, 1, 0])
})

it('sends again at once what has to be sent afresh, where it may', () => {
  const sent: string[] = []
  const answers: (() => void)[] = []
  const { queue, world, push } = createQueue({
    send: (items, take) => {
      sent.push(items.map(({ name }) => name).join(''))
      answers.push(() => take(() => 'again')(ok(undefined)))
    },
  })
  push('a')
  answers[0]?.()
  expect(sent).toEqual(['a', 'a'])
  world.isOpen = false
  answers[1]?.()
  expect(sent).toEqual(['a', 'a'])
  world.isOpen = true
  queue.flush()
  expect(sent).toEqual(['a', 'a', 'a'])
})

it('forgets an attempt that the server has certainly not taken, unless one before may have been', () => {
  const answers: ((result: Result<unknown>) => void)[] = []
  const { queue, retries } = createQueue({
    send: ([sent], take) => {
      sent.attempt ??= {}
      answers.push(take(() => {}))
    },
  })
  queue.push({ name: 'a', reject: () => {} })
  queue.flush()
  answers[0]?.(err(LATER))
  expect(queue.items[0]?.attempt).toBeUndefined()
  retries[0]?.run()
  answers[1]?.(err(LOST))
  retries[1]?.run()
  answers[2]?.(err(LATER))
  expect(queue.items[0]?.attempt).toEqual({})
})

it('ignores an answer that comes after a cut, and sends the item again', () => {
  const { queue, sent, answers, push } = createQueue()
  push('a', 'b')
  queue.cut()
  answers[0]?.(ok(undefined))
  expect(queue.items.map(({ name }) => name)).toEqual(['a', 'b'])
  queue.flush()
  expect(sent).toEqual(['a', 'a'])
  answers[0]?.(ok(undefined))
  expect(sent, 'still the answer of the first link').toEqual(['a', 'a'])
  answers[1]?.(ok(undefined))
  expect(sent).toEqual(['a', 'a', 'b'])
})

it('cancels a pending retry on a disconnect, and restarts the count of failures', () => {
  const { queue, world, sent, answer, retries, push } = createQueue()
  push('a')
  answer(err(LATER))
  queue.cut()
  expect(world.cancelled).toBe(1)
  queue.flush()
  expect(sent).toEqual(['a', 'a'])
  answer(err(LATER))
  expect(retries.map(({ failures }) => failures)).toEqual([0, 0])
})

it('rejects everything at its end, what is under way too', () => {
  const { queue, answers, rejected, push } = createQueue()
  push('a', 'b')
  queue.end(NEVER)
  expect(rejected).toEqual(['a forbidden', 'b forbidden'])
  expect(queue.isIdle).toBe(true)
  answers[0]?.(ok(undefined))
  expect(queue.isIdle).toBe(true)
})

it('rejects what comes after the client has ended', () => {
  const { world, sent, rejected, push } = createQueue()
  world.hasEnded = true
  push('a')
  expect([sent, rejected]).toEqual([[], ['a unavailable']])
})

it('takes a place for each item, and gives it back with the answer or at the end', () => {
  const { queue, world, rejected, answer, push } = createQueue({ fullMessage: 'too many' })
  push('a', 'b', 'c')
  expect(rejected).toEqual(['c limit_exceeded'])
  answer()
  expect(world.places).toBe(1)
  queue.end(NEVER)
  expect(world.places).toBe(2)
})

it('takes no place where none is needed', () => {
  const { world, rejected, push } = createQueue()
  push('a', 'b', 'c')
  expect([rejected, world.places]).toEqual([[], 2])
})

it('goes on with the next when the item under way was answered by other means', () => {
  const { queue, sent, answer, push } = createQueue()
  push('a', 'b')
  const [head] = queue.items
  if (head) queue.remove([head])
  queue.flush()
  expect(sent, 'one at a time all the same').toEqual(['a'])
  answer()
  expect(sent).toEqual(['a', 'b'])
})

it('gives up the wait for a retry when everything was answered by other means', () => {
  const { queue, sent, answer, push } = createQueue()
  push('a')
  answer(err(LATER))
  expect(queue.takeAll().map(({ name }) => name)).toEqual(['a'])
  push('b')
  expect(sent).toEqual(['a', 'b'])
})

it('sends together what waited, where all is sent at once', () => {
  const { queue, sent, answer, retries, push } = createQueue({ sendsAll: true })
  push('a')
  push('b', 'c')
  answer(err(LATER))
  push('d')
  expect(sent).toEqual(['a'])
  retries[0]?.run()
  expect(sent).toEqual(['a', 'abcd'])
  answer()
  expect(queue.isIdle).toBe(true)
})

it('stops when a listener to an answer ends the queue', () => {
  const { queue, sent, rejected, push } = createQueue({
    send: (items, take) => {
      sent.push(items.map(({ name }) => name).join(''))
      take(() => {
        queue.end(NEVER)
      })(ok(undefined))
    },
  })
  push('a', 'b')
  expect(sent).toEqual(['a'])
  expect(rejected).toEqual(['a forbidden', 'b forbidden'])
  expect(queue.isIdle).toBe(true)
})
