import { type NotificationId, RealtimeError, type UserId } from '@coterie/protocol'
import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import type {
  ClaimedDelivery,
  DeliveryOutcome,
  DeliveryRepository,
} from '../../../ports/delivery-repository.ts'
import { silentLogger } from '../../../ports/logger.ts'
import {
  DeliveryError,
  type NotificationSender,
  type OutgoingDelivery,
} from '../../../ports/notification-sender.ts'
import { DeliveryWorker, type DeliveryWorkerOptions } from './delivery-worker.ts'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

type Job = { -readonly [Key in keyof ClaimedDelivery]: ClaimedDelivery[Key] } & {
  leaseEndMs: number
}

/** Deliveries in memory, that can be out of reach for a while. */
class MemoryDeliveries implements Pick<DeliveryRepository, 'claim' | 'settle' | 'nextDueMs'> {
  readonly jobs: Job[] = []
  isDown = false
  claims = 0

  add(clock: FakeClock, more: Partial<Job> = {}): Job {
    const id = this.jobs.length + 1
    const nowMs = clock.now()
    const job: Job = {
      id,
      notificationId: `n${id}` as NotificationId,
      userId: 'ada' as UserId,
      route: 'webhook',
      target: 'https://example.com',
      status: 'waiting',
      attempts: 0,
      dueAtMs: nowMs,
      createdAtMs: nowMs,
      lastError: null,
      leaseEndMs: 0,
      notification: {
        id: `n${id}` as NotificationId,
        title: 'Hello',
        message: '',
        type: 'message',
        priority: 'normal',
        senderId: null,
        resourceType: null,
        resourceId: null,
        actions: [],
        metadata: {},
        channels: null,
        createdAtMs: nowMs,
        expiresAtMs: null,
      },
      ...more,
    }
    this.jobs.push(job)
    return job
  }

  async claim(nowMs: number, leaseMs: number, limit: number): Promise<readonly ClaimedDelivery[]> {
    this.claims += 1
    this.#check()
    const due = this.jobs.filter((job) => dueMs(job) <= nowMs).slice(0, limit)
    for (const job of due) job.leaseEndMs = nowMs + leaseMs
    return due.map((job) => ({ ...job }))
  }

  async settle(id: number, outcome: DeliveryOutcome): Promise<void> {
    this.#check()
    const job = this.jobs.find((one) => one.id === id)
    if (!job) return
    job.status = outcome.status
    job.attempts += 1
    job.leaseEndMs = 0
    if (outcome.status === 'waiting') job.dueAtMs = outcome.dueAtMs
    if (outcome.status !== 'done') job.lastError = outcome.error
  }

  async nextDueMs(): Promise<number | undefined> {
    this.#check()
    const next = Math.min(...this.jobs.map(dueMs))
    return next === Number.POSITIVE_INFINITY ? undefined : next
  }

  #check(): void {
    if (this.isDown) throw new RealtimeError('unavailable', 'the store is away')
  }
}

function dueMs({ status, dueAtMs, leaseEndMs }: Job): number {
  return status === 'waiting' ? Math.max(dueAtMs, leaseEndMs) : Number.POSITIVE_INFINITY
}

/** A sender whose answers the test gives. */
class ScriptedSender implements NotificationSender {
  readonly route = 'webhook'
  readonly sent: OutgoingDelivery[] = []
  readonly signals: AbortSignal[] = []
  isClosed = false
  answer: (delivery: OutgoingDelivery) => Promise<void> = async () => {}

  send(delivery: OutgoingDelivery, signal: AbortSignal): Promise<void> {
    this.sent.push(delivery)
    this.signals.push(signal)
    return this.answer(delivery)
  }

  targetProblem(): undefined {}

  close(): void {
    this.isClosed = true
  }
}

function setUp(options: DeliveryWorkerOptions = {}) {
  const clock = new FakeClock()
  const store = new MemoryDeliveries()
  const sender = new ScriptedSender()
  const done: number[] = []
  const dead: number[] = []
  const newWorker = () =>
    new DeliveryWorker(
      {
        deliveries: store as unknown as DeliveryRepository,
        senders: [sender],
        clock,
        random: { next: () => 0.5 },
        logger: silentLogger,
        onDone: ({ id }) => void done.push(id),
        onDead: ({ id }) => void dead.push(id),
      },
      options,
    )
  const worker = newWorker()
  worker.start()
  const add = (more?: Partial<Job>) => {
    const job = store.add(clock, more)
    worker.wake()
    return job
  }
  return { clock, store, sender, done, dead, worker, newWorker, add }
}

const never = () => new Promise<void>(() => {})
const refuse = (isPermanent: boolean, retryAfterMs?: number) => async () => {
  throw new DeliveryError('no', { isPermanent, retryAfterMs })
}

it('sends what was stored before it started, and what it is woken for', async () => {
  const { clock, store, sender, done, newWorker } = setUp()
  const worker = newWorker()
  const first = store.add(clock)
  worker.wake()
  await clock.settle()
  expect(sender.sent).toHaveLength(0)
  worker.start()
  await clock.settle()
  expect(sender.sent).toMatchObject([
    { id: 1, userId: 'ada', target: 'https://example.com', payload: { id: 'n1', title: 'Hello' } },
  ])
  const second = store.add(clock)
  worker.wake()
  await clock.settle()
  expect([first, second]).toMatchObject([{ status: 'done' }, { status: 'done' }])
  expect(done).toEqual([1, 2])
  expect(worker.figures().webhook).toEqual({ done: 2, retried: 0, dead: 0 })
})

it('waits for what is due later with one timer', async () => {
  const { clock, sender, add } = setUp()
  add({ dueAtMs: clock.now() + 40 * SECOND_MS })
  add({ dueAtMs: clock.now() + 50 * SECOND_MS })
  await clock.settle()
  expect(clock.pendingTimers).toBe(1)
  await clock.advance(39 * SECOND_MS)
  expect(sender.sent).toHaveLength(0)
  await clock.advance(SECOND_MS)
  expect(sender.sent).toHaveLength(1)
  await clock.advance(10 * SECOND_MS)
  expect(sender.sent).toHaveLength(2)
})

it('finds within a minute what another process stored', async () => {
  const { clock, store, sender } = setUp()
  await clock.settle()
  store.add(clock)
  await clock.advance(59 * SECOND_MS)
  expect(sender.sent).toHaveLength(0)
  await clock.advance(SECOND_MS)
  expect(sender.sent).toHaveLength(1)
})

it('sleeps no longer than a timer can hold, however far the next is due', async () => {
  const { clock, store, add } = setUp()
  add({ dueAtMs: clock.now() + 365 * 24 * HOUR_MS })
  await clock.advance(10 * 60 * SECOND_MS)
  expect(store.claims).toBeLessThan(15)
})

it('sends eight times, ever less often, and then gives up', async () => {
  const { clock, sender, dead, worker, add } = setUp()
  const job = add()
  sender.answer = refuse(false)
  const times: number[] = []
  for (let n = 1; n <= 8; n += 1) {
    await clock.until(() => sender.sent.length === n, 24 * HOUR_MS)
    times.push(clock.elapsed() / SECOND_MS)
  }
  await clock.settle()
  const pauses = times.slice(1).map((time, n) => time - (times[n] ?? 0))
  expect(pauses).toEqual([5, 30, 120, 600, 1_800, 7_200, 21_600])
  expect(job).toMatchObject({ status: 'dead', attempts: 8, lastError: 'no' })
  expect(dead).toEqual([1])
  expect(worker.figures().webhook).toEqual({ done: 0, retried: 7, dead: 1 })
  await clock.advance(48 * HOUR_MS)
  expect(sender.sent).toHaveLength(8)
})

it('gives up at once where no further attempt can help', async () => {
  const { clock, sender, dead, add } = setUp()
  sender.answer = refuse(true)
  const job = add()
  await clock.advance(HOUR_MS)
  expect(job).toMatchObject({ status: 'dead', attempts: 1 })
  expect(dead).toEqual([1])
})

it('leaves a receiver alone for as long as it asks', async () => {
  const { clock, sender, add } = setUp()
  sender.answer = refuse(false, 90 * SECOND_MS)
  add()
  await clock.advance(89 * SECOND_MS)
  expect(sender.sent).toHaveLength(1)
  await clock.advance(SECOND_MS)
  expect(sender.sent).toHaveLength(2)
})

it('tries again what failed by a mistake, even one that is thrown at once', async () => {
  const { clock, sender, add } = setUp()
  const job = add()
  sender.answer = () => {
    throw new TypeError('x is not a function')
  }
  await clock.settle()
  expect(job).toMatchObject({ status: 'waiting', lastError: 'x is not a function' })
})

it('keeps what has no sender here for a process that has one', async () => {
  const { clock, add } = setUp()
  const job = add({ route: 'email' })
  await clock.settle()
  expect(job).toMatchObject({ status: 'waiting', attempts: 1 })
  expect(job.lastError).toContain('no sender is configured for the route email')
})

it('does not send what is expired by now', async () => {
  const { clock, sender, add } = setUp()
  const { notification } = add({ status: 'done' })
  const expiresAtMs = clock.now() + SECOND_MS
  const dueAtMs = clock.now() + 2 * SECOND_MS
  const job = add({ dueAtMs, notification: { ...notification, expiresAtMs } })
  await clock.advance(3 * SECOND_MS)
  expect(sender.sent).toHaveLength(0)
  expect(job).toMatchObject({ status: 'dead' })
  expect(job.lastError).toContain('expired')
})

it('ends an attempt after ten seconds, also where the sender does not listen', async () => {
  const { clock, sender, add } = setUp()
  sender.answer = never
  const job = add()
  await clock.advance(9_999)
  expect(job.attempts).toBe(0)
  await clock.advance(1)
  expect(job).toMatchObject({
    status: 'waiting',
    attempts: 1,
    lastError: 'not sent within 10000 ms',
  })
  expect(sender.signals[0]?.aborted).toBe(true)
})

it('has no more attempts under way than it may, and goes on as they end', async () => {
  const { clock, sender, add, worker } = setUp({ maxInFlight: 3 })
  const ends: (() => void)[] = []
  sender.answer = () => new Promise((resolve) => ends.push(resolve))
  for (let n = 0; n < 10; n += 1) add()
  await clock.settle()
  expect(sender.sent).toHaveLength(3)
  ends[1]?.()
  await clock.settle()
  expect(sender.sent).toHaveLength(4)
  for (let n = 0; n < 10; n += 1) {
    ends[n]?.()
    await clock.settle()
  }
  expect(worker.figures().webhook.done).toBe(10)
})

it('shares the work with others on one store, each delivery once', async () => {
  const { clock, sender, store, worker, newWorker } = setUp({ maxInFlight: 2 })
  const other = newWorker()
  for (let n = 0; n < 20; n += 1) store.add(clock)
  worker.wake()
  other.start()
  await clock.settle()
  expect(worker.figures().webhook.done).toBeGreaterThan(0)
  expect(other.figures().webhook.done).toBeGreaterThan(0)
  await clock.advance(120 * SECOND_MS)
  expect(sender.sent.map(({ id }) => id).sort((a, b) => a - b)).toEqual(
    store.jobs.map(({ id }) => id),
  )
})

it('asks a store that is away less and less often, and goes on when it is back', async () => {
  const { clock, store, sender, worker } = setUp()
  await clock.settle()
  store.add(clock)
  store.isDown = true
  const before = store.claims
  worker.wake()
  await clock.settle()
  for (let n = 0; n < 100; n += 1) worker.wake()
  await clock.settle()
  expect(store.claims).toBe(before + 1)
  await clock.advance(120 * SECOND_MS)
  expect(store.claims - before).toBeLessThan(10)
  store.isDown = false
  await clock.advance(30 * SECOND_MS)
  expect(sender.sent).toHaveLength(1)
})

it('does not send again what it could not note at first', async () => {
  const { clock, store, sender, done, add } = setUp()
  const job = add()
  sender.answer = async () => {
    store.isDown = true
  }
  await clock.advance(5 * SECOND_MS)
  expect(job.status).toBe('waiting')
  store.isDown = false
  await clock.advance(120 * SECOND_MS)
  expect(job).toMatchObject({ status: 'done', attempts: 1 })
  expect(sender.sent).toHaveLength(1)
  expect(done).toEqual([1])
})

it('sends again, under the same id, what it could not note before its lease ended', async () => {
  const { clock, store, sender, done, add } = setUp()
  add()
  sender.answer = async () => {
    store.isDown = true
  }
  await clock.advance(90 * SECOND_MS)
  expect(done).toEqual([])
  store.isDown = false
  sender.answer = async () => {}
  await clock.advance(90 * SECOND_MS)
  expect(sender.sent.map(({ id }) => id)).toEqual([1, 1])
  expect(done).toEqual([1])
})

it('goes on after a callback that throws', async () => {
  const clock = new FakeClock()
  const store = new MemoryDeliveries()
  const logged: unknown[] = []
  const worker = new DeliveryWorker({
    deliveries: store as unknown as DeliveryRepository,
    senders: [new ScriptedSender()],
    clock,
    random: { next: () => 0.5 },
    logger: { ...silentLogger, error: (fields) => void logged.push(fields) },
    onDone() {
      throw new Error('broken')
    },
    onDead() {},
  })
  store.add(clock)
  store.add(clock)
  worker.start()
  await clock.settle()
  expect(store.jobs.map(({ status }) => status)).toEqual(['done', 'done'])
  expect(logged).toMatchObject([{ delivery: 1 }, { delivery: 2 }])
})

it('lets attempts under way end when it stops, and begins none', async () => {
  const { clock, sender, worker, add } = setUp({ maxInFlight: 1 })
  let end = () => {}
  sender.answer = () =>
    new Promise((resolve) => {
      end = resolve
    })
  const first = add()
  const second = add()
  await clock.settle()
  const stopped = worker.stop()
  end()
  await stopped
  expect(first.status).toBe('done')
  expect(second).toMatchObject({ status: 'waiting', attempts: 0 })
  expect(sender.isClosed).toBe(true)
  expect(clock.pendingTimers).toBe(0)
  await clock.advance(HOUR_MS)
  expect(sender.sent).toHaveLength(1)
})

it('breaks off what takes too long when it stops; another makes it after the lease', async () => {
  const { clock, sender, worker, newWorker, add } = setUp()
  sender.answer = never
  const job = add()
  await clock.settle()
  const stopped = worker.stop(SECOND_MS)
  await clock.advance(SECOND_MS)
  await stopped
  expect(sender.signals[0]?.aborted).toBe(true)
  expect(job).toMatchObject({ status: 'waiting', attempts: 0 })
  sender.answer = async () => {}
  newWorker().start()
  await clock.advance(58 * SECOND_MS)
  expect(job.status).toBe('waiting')
  await clock.advance(2 * SECOND_MS)
  expect(job).toMatchObject({ status: 'done', attempts: 1 })
})

it('stops while the store is away', async () => {
  const { clock, store, worker } = setUp()
  store.isDown = true
  await clock.advance(SECOND_MS)
  await worker.stop()
  await worker.stop()
  expect(clock.pendingTimers).toBe(0)
})

it('refuses an attempt that outlasts its lease', () => {
  expect(() => setUp({ timeoutMs: 60_000 })).toThrow('"timeoutMs" has to be less than "leaseMs"')
})
