import { type Channel, type Client, createClient } from '@coterie/client'
import { createMemoryEngine, type MapChange, MemoryBackplane, RealtimeHub } from '@coterie/server'
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

const BOARD = 'board:1'
const NODES = 2
const CLIENTS = 3
const QUIET_MS = 120_000
const KEYS = ['a', 'b', 'c', 'list/1']

type Step =
  | { readonly kind: 'set'; readonly client: number; readonly keys: readonly string[] }
  | { readonly kind: 'delete'; readonly client: number; readonly key: string }
  | { readonly kind: 'cut' | 'halfOpen'; readonly client: number }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'wait'; readonly ms: number }

const client = fc.nat(CLIENTS - 1)
const key = fc.constantFrom(...KEYS)
const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('set' as const), client, keys }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), client, key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('cut', 'halfOpen'), client }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), node: fc.nat(NODES - 1) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3_000) }) },
)

/** Three writers on two nodes, and what the engine was told of their changes. */
class World {
  readonly clock = new FakeClock()
  readonly attempted = new Set<string>()
  readonly acknowledged = new Set<string>()
  readonly changes: MapChange[] = []
  readonly #random: SeededRandom
  readonly #network: SimulatedNetwork
  readonly #backplane: MemoryBackplane
  readonly #hubs: (RealtimeHub | undefined)[] = []
  readonly #environments: SimulatedEnvironment[] = []
  readonly #clients: Client[] = []
  readonly boards: Channel[] = []

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    this.#network = new SimulatedNetwork(this.clock, () => this.#random.below(40))
    this.#backplane = new MemoryBackplane(this.clock, this.#random)
    this.#backplane.attach({
      onEvent() {},
      onChange: (change) => {
        if (change.map === 'state') this.changes.push(change)
      },
    })
    for (let node = 0; node < NODES; node += 1) this.#startNode(node)
    for (let index = 0; index < CLIENTS; index += 1) this.#startClient(index)
  }

  async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'set':
        return this.#set(step.client, step.keys)
      case 'delete':
        this.boards[step.client]?.state.delete(step.key)
        return
      case 'cut':
      case 'halfOpen':
        this.#environments[step.client]?.[step.kind]()
        return
      case 'restart':
        return this.#restart(step.node)
      case 'wait':
        return this.clock.advance(step.ms)
    }
  }

  /** Lets everything come to rest and returns what the server has. */
  async finish() {
    await this.clock.advance(QUIET_MS)
    const state = await this.#hubs[0]?.state.read(BOARD)
    for (const each of this.#clients) each.disconnect()
    if (!state?.ok) throw new Error('the state could not be read')
    return state.value
  }

  #startNode(node: number): void {
    const random = this.#random
    const hub = new RealtimeHub({
      store: idleStore,
      clock: this.clock,
      random,
      engine: createMemoryEngine({ clock: this.clock, random, backplane: this.#backplane }),
      authenticator: nameAuthenticator,
      channels: { 'board:*': { state: { persist: true } } },
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
    const board = made.channel(BOARD, { state: true, initialState: { seeded: index } })
    made.connect()
    void board.subscribe()
    this.#environments[index] = environment
    this.#clients[index] = made
    this.boards[index] = board
  }

  // Every value is set once, so that it tells of its change.
  #set(index: number, keys: readonly string[]): void {
    const value = `${index}-${this.attempted.size}`
    this.attempted.add(value)
    const values = Object.fromEntries(keys.map((name) => [name, value]))
    this.boards[index]?.state.merge(values).then(
      () => this.acknowledged.add(value),
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

function valuesSet({ changes }: MapChange): Set<unknown> {
  return new Set(changes.flatMap(({ value }) => (value === null ? [] : [JSON.parse(value)])))
}

it('brings all writers to one state, with each change in it once', {
  timeout: 120_000,
}, async () => {
  const schedule = fc.array(step, { minLength: 5, maxLength: 60 })
  await runSchedules(
    fc.asyncProperty(schedule, fc.nat(), async (steps, seed) => {
      const world = new World(seed)
      await world.clock.advance(500)
      for (const each of steps) await world.perform(each)
      const { version, value } = await world.finish()
      for (const { state } of world.boards) {
        expect([state.pending(), state.version(), state.value()]).toEqual([0, version, value])
      }
      expect(world.changes.map((change) => change.version)).toEqual(
        world.changes.map((_, index) => index + 1),
      )
      const made = world.changes.flatMap((change) => [...valuesSet(change)])
      expect(made.filter((each) => typeof each === 'number')).toHaveLength(1)
      const own = made.filter((each) => typeof each === 'string')
      expect(own, 'none twice').toHaveLength(new Set(own).size)
      expect(new Set(own), 'all that was asked for').toEqual(world.attempted)
      expect(world.acknowledged).toEqual(world.attempted)
    }),
    1_000,
  )
})
