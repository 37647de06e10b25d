import { type Channel, type Client, createClient, type PresenceStatus } from '@coterie/client'
import { createMemoryEngine, MemoryBackplane, RealtimeHub } from '@coterie/server'
import {
  FakeClock,
  nameAuthenticator,
  SeededRandom,
  SimulatedEnvironment,
  SimulatedNetwork,
} from '@coterie/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idleStore } from './idle-store.ts'
import { runSchedules } from './schedules.ts'

const ROOM = 'room:1'
const NODES = 2
const USERS = 3
const TABS = 2
/** Past the grace of a closed connection, and the lease of a node that is gone. */
const QUIET_MS = 120_000
/** A tab that was in the room for so long is known to everybody. */
const SETTLED_MS = 1_000
const RANK: Record<PresenceStatus, number> = { offline: 0, away: 1, online: 2 }

type Step =
  | { readonly kind: 'join' | 'leave' | 'cut' | 'halfOpen' | 'close'; readonly tab: number }
  | { readonly kind: 'update'; readonly tab: number; readonly status: PresenceStatus }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'wait'; readonly ms: number }

const tab = fc.nat(USERS * TABS - 1)
const status = fc.constantFrom<PresenceStatus>('online', 'away', 'offline')
const node = fc.nat(NODES - 1)
const kind = <Kind extends string>(name: Kind) => fc.constant(name)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kind('join'), tab }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('leave'), tab }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('cut'), tab }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('halfOpen'), tab }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('close'), tab }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('update'), tab, status }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('restart'), node }) },
  { weight: 6, arbitrary: fc.record({ kind: kind('wait'), ms: fc.nat(20_000) }) },
)

interface Tab {
  readonly user: string
  readonly environment: SimulatedEnvironment
  client: Client
  room: Channel
  status: PresenceStatus
  isIn: boolean
  /** Since when it is in the room without a break, as far as it knows. */
  joinedAtMs: number
}

/** Three users with two tabs each on two nodes, and one who only looks on from a third. */
class World {
  readonly clock = new FakeClock()
  readonly tabs: Tab[] = []
  readonly watcher: Channel
  /** Users who were told to have left though a tab of theirs was there all the time. */
  readonly wronglyLeft: string[] = []
  readonly #random: SeededRandom
  readonly #network: SimulatedNetwork
  readonly #backplane: MemoryBackplane
  readonly #hubs: (RealtimeHub | undefined)[] = []

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    this.#network = new SimulatedNetwork(this.clock, () => this.#random.below(40))
    this.#backplane = new MemoryBackplane(this.clock, this.#random)
    for (let index = 0; index <= NODES; index += 1) this.#startNode(index)
    this.watcher = this.#watch()
    for (let index = 0; index < USERS * TABS; index += 1) this.#openTab(index)
  }

  async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'wait':
        return this.clock.advance(step.ms)
      case 'restart':
        return this.#restart(step.node)
    }
    const tab = this.tabs[step.tab] as Tab
    switch (step.kind) {
      case 'join':
        tab.isIn = true
        tab.client.connect()
        void tab.room.subscribe().catch(() => {})
        break
      case 'leave':
        tab.isIn = false
        void tab.room.unsubscribe()
        break
      case 'close':
        tab.isIn = false
        tab.client.disconnect()
        break
      case 'update':
        tab.status = step.status
        tab.room.presence.update({ status: step.status, data: step.tab }).catch(() => {})
        break
      default:
        tab.joinedAtMs = Number.POSITIVE_INFINITY
        tab.environment[step.kind]()
    }
  }

  /** Returns who should be seen, by the most present of their tabs. */
  expected(): Record<string, PresenceStatus> {
    const users: Record<string, PresenceStatus> = {}
    for (const { user, isIn, status } of this.tabs) {
      if (!isIn) continue
      const known = users[user]
      if (known === undefined || RANK[status] > RANK[known]) users[user] = status
    }
    return users
  }

  end(): void {
    for (const { client } of this.tabs) client.disconnect()
  }

  #startNode(index: number): void {
    const random = this.#random
    const hub = new RealtimeHub({
      store: idleStore,
      clock: this.clock,
      random,
      engine: createMemoryEngine({ clock: this.clock, random, backplane: this.#backplane }),
      authenticator: nameAuthenticator,
      channels: { 'room:*': { presence: true } },
    })
    void hub.start()
    this.#hubs[index] = hub
  }

  #environment(index: number): SimulatedEnvironment {
    const findHub = (): RealtimeHub | undefined => this.#hubs[index]
    return new SimulatedEnvironment(this.clock, this.#network, this.#random, findHub)
  }

  #openTab(index: number): void {
    const user = `user-${index % USERS}`
    const environment = this.#environment(index % NODES)
    const client = createClient({ url: 'ws://simulated', token: user, environment })
    const room = client.channel(ROOM, { presence: { status: 'online', data: index } })
    const joinedAtMs = Number.POSITIVE_INFINITY
    const tab: Tab = { user, environment, client, room, status: 'online', isIn: false, joinedAtMs }
    room.status.subscribe((now) => {
      tab.joinedAtMs = now === 'joined' ? this.clock.now() : Number.POSITIVE_INFINITY
    })
    this.tabs.push(tab)
  }

  #watch(): Channel {
    const environment = this.#environment(NODES)
    const client = createClient({ url: 'ws://simulated', token: 'watcher', environment })
    const room = client.channel(ROOM, { presence: 'follow' })
    let before = new Set<string>()
    room.presence.members.subscribe((members) => {
      const now = new Set<string>(members.map(({ user_id }) => user_id))
      for (const user of before) if (!now.has(user)) this.#verifyLeave(user)
      before = now
    })
    client.connect()
    void room.subscribe()
    return room
  }

  #verifyLeave(user: string): void {
    const nowMs = this.clock.now()
    const isThere = this.tabs.some(
      (tab) => tab.user === user && nowMs - tab.joinedAtMs >= SETTLED_MS,
    )
    if (isThere) this.wronglyLeft.push(user)
  }

  async #restart(index: number): Promise<void> {
    const hub = this.#hubs[index]
    this.#hubs[index] = undefined
    const closing = hub?.close()
    await this.clock.advance(this.#random.below(2_000) + 3_500)
    await closing
    this.#startNode(index)
  }
}

function shown({ presence }: Channel): Record<string, PresenceStatus> {
  return Object.fromEntries(presence.members().map(({ user_id, status }) => [user_id, status]))
}

it('shows everybody the same, and nobody who is not there', { timeout: 120_000 }, async () => {
  const schedule = fc.array(step, { minLength: 5, maxLength: 50 })
  await runSchedules(
    fc.asyncProperty(schedule, fc.nat(), async (steps, seed) => {
      const world = new World(seed)
      await world.clock.advance(500)
      for (const each of steps) await world.perform(each)
      await world.clock.advance(QUIET_MS)
      const expected = world.expected()
      expect(shown(world.watcher)).toEqual(expected)
      for (const { isIn, room } of world.tabs) if (isIn) expect(shown(room)).toEqual(expected)
      expect(world.wronglyLeft).toEqual([])
      world.end()
    }),
    1_000,
  )
})
