import { RealtimeError, type SubscriptionId } from '@coterie/protocol'
import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { silentLogger } from '../../ports/logger.ts'
import type { SubscriptionRepository } from '../../ports/subscription-repository.ts'
import { SubscriptionExpiry } from './subscription-expiry.ts'

const BATCH = 1_000
const HOUR_MS = 3_600_000

/** Subscriptions that end at their times, in a store that can be away. */
class EndingSubscriptions {
  dueMs: number[] = []
  isAway = false
  sweeps = 0
  onSweep = (): void => {}

  async expireDue(nowMs: number, limit: number): Promise<readonly SubscriptionId[]> {
    this.sweeps += 1
    this.onSweep()
    if (this.isAway) throw new RealtimeError('unavailable', 'the store is away')
    const due = this.dueMs.filter((dueMs) => dueMs <= nowMs).slice(0, limit)
    this.dueMs = this.dueMs.filter((dueMs) => !due.includes(dueMs)).concat()
    return due.map((dueMs) => String(dueMs) as SubscriptionId)
  }

  async nextDueMs(): Promise<number | undefined> {
    return this.dueMs.length === 0 ? undefined : Math.min(...this.dueMs)
  }
}

function setUp() {
  const clock = new FakeClock()
  const store = new EndingSubscriptions()
  const ended: SubscriptionId[] = []
  const expiry = new SubscriptionExpiry({
    repository: store as unknown as SubscriptionRepository,
    clock,
    logger: silentLogger,
    onExpired: async (ids) => void ended.push(...ids),
  })
  return { clock, store, ended, expiry }
}

it('tries again after a failure, though the wall clock is set back meanwhile', async () => {
  const { clock, store, ended, expiry } = setUp()
  store.dueMs = [clock.now() - HOUR_MS]
  store.isAway = true
  expiry.start()
  await clock.settle()
  store.isAway = false
  clock.jumpWallClock(-HOUR_MS)
  await clock.advance(10_000)
  expect(ended).toHaveLength(1)
  await expiry.stop()
})

it('ends no further batch once it is stopped', async () => {
  const { clock, store, ended, expiry } = setUp()
  store.dueMs = Array.from({ length: 3 * BATCH }, (_, index) => clock.now() - index)
  let stopped: Promise<void> | undefined
  store.onSweep = () => {
    stopped ??= expiry.stop()
  }
  expiry.start()
  await clock.settle()
  await stopped
  expect(ended).toHaveLength(BATCH)
})

it('waits with one timer, and looks at the wall clock when it wakes', async () => {
  const { clock, store, ended, expiry } = setUp()
  expiry.start()
  await clock.settle()
  expect(clock.pendingTimers).toBe(0)
  store.dueMs = [clock.now() + HOUR_MS]
  expiry.expect(clock.now() + HOUR_MS)
  expect(clock.pendingTimers).toBe(1)
  const { sweeps } = store
  await clock.advance(HOUR_MS - 1)
  expect(store.sweeps).toBe(sweeps)
  await clock.advance(1)
  expect(ended).toHaveLength(1)
  await expiry.stop()
})
