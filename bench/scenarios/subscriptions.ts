import type { SubscriptionId, UserId } from '@coterie/protocol'
import { createSqliteStore, type Principal, RealtimeHub } from '@coterie/server'
import type { Store, StoredSubscription, SubscriptionRepository } from '@coterie/server/store'
import type { Encoding, Transport } from '@coterie/server/transport'
import { nowMicros } from '../peers/payload.ts'
import type { Scenario } from '../scenario.ts'

const FEW = '1,000 subscriptions'
const MANY = '100,000 subscriptions'
const SIZES: Readonly<Record<string, number>> = { [FEW]: 1_000, [MANY]: 100_000 }
/** Subscriptions that each event is for. */
const MATCHING = 10

/** Publishing to a topic to which very many users stored that they want some of it. */
export const subscriptions: Scenario = {
  name: 'subscriptions',
  about:
    'publishing in process to one topic; each event is for ten stored subscriptions, of users who are connected',
  columns: [
    { key: 'micros', title: 'publish', unit: 'µs', digits: 2 },
    { key: 'kilobytes', title: 'memory', unit: 'KB/subscription', digits: 2 },
  ],
  peers: [FEW, MANY],
  targets: [
    {
      about: 'time a publish takes',
      figure: 'micros',
      peer: MANY,
      comparedWith: { peer: FEW, as: 'ratio' },
      atMost: 2,
    },
  ],
  async measure(peer, { quick }) {
    const count = SIZES[peer] as number
    const hub = new RealtimeHub({ channels: { posts: {} }, store: storeOf(count) })
    globalThis.gc?.()
    const emptyBytes = process.memoryUsage().heapUsed
    await hub.start()
    globalThis.gc?.()
    const kilobytes = (process.memoryUsage().heapUsed - emptyBytes) / 1_024 / count

    const peers = Array.from({ length: MATCHING }, (_, user) =>
      hub.connect(createSink(), principal(user)),
    )
    const publishes = quick ? 20_000 : 100_000
    await publishAll(hub, count, publishes / 4)
    const startMicros = nowMicros()
    await publishAll(hub, count, publishes)
    const micros = (nowMicros() - startMicros) / publishes
    for (const peer of peers) peer.end()
    await hub.close()
    return { micros, kilobytes }
  },
}

async function publishAll(hub: RealtimeHub, count: number, publishes: number): Promise<void> {
  const categories = count / MATCHING
  for (let index = 0; index < publishes; index += 1) {
    // Spread over all of them, in no order.
    const category = `category-${(index * 7_919) % categories}`
    const published = await hub.publish('posts', 'posted', { category, title: 'A title' })
    if (!published.ok) throw published.error
  }
}

// Takes everything at once.
function createSink(): Transport {
  return {
    kind: 'local',
    encoding: ENCODING,
    remoteAddress: '',
    bufferedBytes: 0,
    write() {},
    ping() {},
    close() {},
    terminate() {},
  }
}

const ENCODING: Encoding = {
  encode: (_, fields) => {
    const chunks = fields.map((field) => Buffer.from(field))
    return { chunks, length: chunks.reduce((bytes, { length }) => bytes + length, 0) }
  },
}

function principal(user: number): Principal {
  return {
    userId: `user-${user}` as UserId,
    isAnonymous: false,
    tenant: undefined,
    grants: [],
    profile: undefined,
    expiresAtMs: undefined,
  }
}

// As if they had been stored before: only reading them is asked for.
function storeOf(count: number): Store {
  const store = createSqliteStore({ path: ':memory:' })
  const { notifications, deliveries, preferences } = store
  const subscriptions = Object.assign(Object.create(store.subscriptions), {
    active: async (after: SubscriptionId | undefined, limit: number) => {
      const start = after === undefined ? 0 : Number(after) + 1
      const length = Math.min(limit, count - start)
      return Array.from({ length }, (_, index) => subscription(start + index))
    },
    nextDueMs: async () => undefined,
    expireDue: async () => [],
  }) as SubscriptionRepository
  return {
    notifications,
    deliveries,
    preferences,
    subscriptions,
    triggers: store.triggers,
    start: () => store.start(),
    forgetKeys: (nowMs) => store.forgetKeys(nowMs),
    health: () => store.health(),
    close: () => store.close(),
  }
}

function subscription(index: number): StoredSubscription {
  return {
    id: String(index).padStart(9, '0') as SubscriptionId,
    userId: `user-${index % MATCHING}` as UserId,
    type: 'topic',
    status: 'active',
    createdAtMs: 0,
    updatedAtMs: 0,
    expiresAtMs: null,
    resourceId: null,
    resourceType: null,
    topic: 'posts',
    query: null,
    payloadFilter: { category: `category-${Math.floor(index / MATCHING)}` },
    labels: [],
    metadata: {},
    isVouched: true,
  }
}
