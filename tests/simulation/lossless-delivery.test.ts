import { type Channel, type Client, createClient } from '@coterie/client'
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
import { judge } from './delivery-oracle.ts'
import { idleStore } from './idle-store.ts'
import { runSchedules } from './schedules.ts'

const NODES = 2
const CLIENTS = 4
const QUIET_MS = 120_000

type Step =
  | { readonly kind: 'publish'; readonly client: number }
  | { readonly kind: 'cut'; readonly client: number }
  | { readonly kind: 'halfOpen'; readonly client: number }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'wait'; readonly ms: number }

const client = fc.nat(CLIENTS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('publish' as const), client }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cut' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('halfOpen' as const), client }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), node: fc.nat(NODES - 1) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(4_000) }) },
)

/** Four users on two nodes, each of whom publishes and receives. */
class World {
  readonly clock = new FakeClock()
  readonly attempted = new Set<string>()
  readonly acknowledged = new Set<string>()
  readonly received: string[][] = []
  readonly #random: SeededRandom
  readonly #network: SimulatedNetwork
  readonly #backplane: MemoryBackplane
  readonly #hubs: (RealtimeHub | undefined)[] = []
  readonly #environments: SimulatedEnvironment[] = []
  readonly #clients: Client[] = []
  readonly #rooms: Channel[] = []

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    this.#network = new SimulatedNetwork(this.clock, () => this.#random.below(40))
    this.#backplane = new MemoryBackplane(this.clock, this.#random)
    for (let node = 0; node < NODES; node += 1) this.#startNode(node)
    for (let index = 0; index < CLIENTS; index += 1) this.#startClient(index)
  }

  async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'publish':
        return this.#publish(step.client)
      case 'cut':
        return this.#environments[step.client]?.cut()
      case 'halfOpen':
        return this.#environments[step.client]?.halfOpen()
      case 'restart':
        return this.#restart(step.node)
      case 'wait':
        return this.clock.advance(step.ms)
    }
  }

  /** Lets everything come to rest and returns the channel's log. */
  async finish(): Promise<string[]> {
    await this.clock.advance(QUIET_MS)
    const [room] = this.#rooms
    const reading = room?.history({ limit: 1_000 })
    await this.clock.advance(1_000)
    const events = (await reading)?.events ?? []
    for (const each of this.#clients) each.disconnect()
    return events.map(({ id }) => id)
  }

  #startNode(node: number): void {
    const random = this.#random
    const hub = new RealtimeHub({
      store: idleStore,
      clock: this.clock,
      random,
      engine: createMemoryEngine({ clock: this.clock, random, backplane: this.#backplane }),
      authenticator: nameAuthenticator,
      channels: { 'room:*': { history: { size: 10_000, ttlMs: 3_600_000 } } },
    })
    void hub.start()
    this.#hubs[node] = hub
  }

  #startClient(index: number): void {
    const environment = new SimulatedEnvironment(
      this.clock,
      this.#network,
      this.#random,
      () => this.#hubs[index % NODES],
    )
    const made = createClient({ url: 'ws://simulated', token: `user-${index}`, environment })
    const room = made.channel('room:1')
    const received: string[] = []
    room.onAny(({ id }) => received.push(id))
    room.onReset(() => received.push('reset'))
    made.connect()
    void room.subscribe()
    this.#environments[index] = environment
    this.#clients[index] = made
    this.#rooms[index] = room
    this.received[index] = received
  }

  #publish(index: number): void {
    const id = `${index}-${this.attempted.size}`
    this.attempted.add(id)
    this.#rooms[index]?.publish('message', id, { messageId: id }).then(
      () => this.acknowledged.add(id),
      () => {},
    )
  }

  async #restart(node: number): Promise<void> {
    const hub = this.#hubs[node]
    this.#hubs[node] = undefined
    const closing = hub?.close()
    await this.clock.advance(this.#random.below(2_000) + 3_500)
    await closing
    this.#startNode(node)
  }
}

it('loses, doubles and reorders nothing, whatever breaks', { timeout: 120_000 }, async () => {
  const schedule = fc.array(step, { minLength: 5, maxLength: 60 })
  await runSchedules(
    fc.asyncProperty(schedule, fc.nat(), async (steps, seed) => {
      const world = new World(seed)
      await world.clock.advance(500)
      for (const each of steps) await world.perform(each)
      const log = await world.finish()
      for (const received of world.received) {
        expect(judge({ ...world, log, received })).toEqual([])
      }
      expect(world.acknowledged).toEqual(world.attempted)
    }),
    2_000,
  )
})
