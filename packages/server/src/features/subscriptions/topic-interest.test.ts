import { RealtimeError, type Result } from '@coterie/protocol'
import { createTestHub, FakeClock } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { createMemoryEngine } from '../../storage/create-memory-engine.ts'

/** A hub whose engine brings only what it is asked for, as those of a cluster do. */
async function setUp() {
  const clock = new FakeClock()
  const engine = createMemoryEngine({ clock })
  const joined = new Set<string>()
  const failures: string[] = []
  const { hub } = await createTestHub({
    clock,
    engine: {
      ...engine,
      capabilities: { ...engine.capabilities, clustered: true },
      join: async (pattern) => {
        if (failures.pop() === pattern) throw new RealtimeError('unavailable', 'no engine')
        joined.add(pattern)
      },
      leave: async (pattern) => {
        joined.delete(pattern)
      },
    },
  })
  onTestFinished(async () => {
    const closed = hub.close()
    await clock.advance(60_000)
    await closed
  })
  const must = async <T>(result: Promise<Result<T>>): Promise<T> => {
    const awaited = await result
    if (!awaited.ok) throw awaited.error
    return awaited.value
  }
  const subscribe = (topic: string) =>
    must(hub.subscriptions.createTopicSubscription({ userId: 'ada', topic }))
  return { hub, clock, joined, failures, must, subscribe }
}

it('joins a topic while a subscription wants it', async () => {
  const { hub, clock, joined, must, subscribe } = await setUp()
  expect(joined).toContain('$subscriptions')
  const first = await subscribe('news')
  const second = await subscribe('news')
  await subscribe('orders:#')
  expect(joined).toContain('news')
  expect(joined).toContain('orders:#')
  await must(hub.subscriptions.delete(first.id))
  await clock.settle()
  expect(joined).toContain('news')
  await must(hub.subscriptions.updateStatus(second.id, 'paused'))
  await clock.settle()
  expect(joined).not.toContain('news')
})

it('joins as soon as the engine lets it', async () => {
  const { clock, joined, failures, subscribe } = await setUp()
  failures.push('news')
  await subscribe('news')
  expect(joined).not.toContain('news')
  await clock.advance(1_000)
  expect(joined).toContain('news')
})

it('does not join what nobody wants any more', async () => {
  const { hub, clock, joined, failures, must, subscribe } = await setUp()
  failures.push('news')
  const { id } = await subscribe('news')
  await must(hub.subscriptions.delete(id))
  await clock.advance(10_000)
  expect(joined).not.toContain('news')
})
