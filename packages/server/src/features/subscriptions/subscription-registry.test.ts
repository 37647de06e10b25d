import { RealtimeError, type SubscriptionId } from '@coterie/protocol'
import { FakeClock, SeededRandom } from '@coterie/testing'
import { beforeEach, expect, it, vi } from 'vitest'
import { Ids } from '../../core/ids.ts'
import type { Engine, JsonText, NewEvent } from '../../ports/engine.ts'
import { silentLogger } from '../../ports/logger.ts'
import type {
  StoredSubscription,
  SubscriptionRepository,
} from '../../ports/subscription-repository.ts'
import { SubscriptionRegistry } from './subscription-registry.ts'
import { testSubscription } from './test-subscription.ts'
import type { TopicInterest } from './topic-interest.ts'
import { UntilDone } from './until-done.ts'

const stored = testSubscription({ id: 's1', topic: 'news' })
const changeOf = (id: string, isActive = true): JsonText =>
  JSON.stringify({ ids: [id], is_active: isActive }) as JsonText

let clock: FakeClock
let registry: SubscriptionRegistry
let append: ReturnType<typeof vi.fn<(channel: string, event: NewEvent) => Promise<void>>>
/** Questions to the store that wait for their answers, in the order they were asked. */
let asked: ((answer: StoredSubscription | undefined) => void)[]
let loaded: (page: StoredSubscription[]) => void

beforeEach(() => {
  clock = new FakeClock()
  append = vi.fn(async () => {})
  asked = []
  const repository = {
    find: () => new Promise((resolve) => asked.push(resolve)),
    active: () =>
      new Promise((resolve) => {
        loaded = resolve
      }),
  } as unknown as SubscriptionRepository
  const topics = { set: () => {}, joined: async () => {} } as unknown as TopicInterest
  registry = new SubscriptionRegistry({
    repository,
    engine: { append } as unknown as Engine,
    topics,
    onExpiring: () => {},
    untilDone: new UntilDone(clock, silentLogger),
    clock,
    ids: new Ids(clock, new SeededRandom(1)),
    logger: silentLogger,
    maxFilterBytes: 1_000,
  })
})

it('loads what is active, and believes what changed meanwhile over what it loaded', async () => {
  const started = registry.start()
  registry.receive(changeOf('s1'))
  asked.shift()?.({ ...stored, status: 'paused' })
  await clock.settle()
  loaded([stored, { ...stored, id: 's2' as SubscriptionId }])
  await started
  expect(registry.isLoaded).toBe(true)
  expect(registry.index.find('s1')).toBeUndefined()
  expect(registry.index.size).toBe(1)
})

it('reads again what changed while it was being read', async () => {
  registry.receive(changeOf('s1'))
  registry.receive(changeOf('s1'))
  expect(asked).toHaveLength(1)
  asked.shift()?.(stored)
  await clock.settle()
  expect(registry.index.size).toBe(0)
  asked.shift()?.({ ...stored, status: 'paused' })
  await clock.settle()
  expect(registry.index.size).toBe(0)
  expect(asked).toEqual([])
})

it('forgets at once what another node says routes nothing', async () => {
  await registry.changed(stored)
  expect(registry.index.size).toBe(1)
  registry.receive(changeOf('s1', false))
  expect(registry.index.size).toBe(0)
  // Its user has resumed it already.
  asked.shift()?.(stored)
  await clock.settle()
  expect(registry.index.size).toBe(1)
})

it('tells other nodes until it has told them', async () => {
  append.mockRejectedValueOnce(new RealtimeError('unavailable', 'no engine'))
  await registry.changed(stored)
  expect(registry.index.size).toBe(1)
  expect(append).toHaveBeenCalledTimes(1)
  await clock.advance(1_000)
  expect(append).toHaveBeenCalledTimes(2)
  expect(append.mock.lastCall?.[1].payload).toBe(changeOf('s1'))
  await clock.advance(10_000)
  expect(append).toHaveBeenCalledTimes(2)
})

it('keeps apart those that ask for notifications', async () => {
  await registry.changed(stored)
  expect(registry.notifying.hasTopics).toBe(false)
  const metadata = { notification_channel: 'email' }
  await registry.changed({ ...stored, id: 's2' as SubscriptionId, metadata })
  expect(registry.notifying.size).toBe(1)
  await registry.ended(['s2' as SubscriptionId])
  expect(registry.notifying.hasTopics).toBe(false)
  expect(registry.index.size).toBe(1)
})
