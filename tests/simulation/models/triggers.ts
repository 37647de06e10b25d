import { type Channel, createClient } from '@coterie/client'
import type { RealtimeHub } from '@coterie/server'
import { FakeClock, SeededRandom, SimulatedEnvironment, SimulatedNetwork } from '@coterie/testing'
import fc from 'fast-check'
import { judgeHandled } from '../oracles/judge-handled.ts'
import { defineModel } from '../runner/model.ts'
import { comeToRest } from '../worlds/come-to-rest.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { SqliteNode } from '../worlds/sqlite-node.ts'

const CHANNELS = ['orders:1', 'orders:2']
/** What was published is handled by then, whatever broke. */
const LIMIT_MS = 300_000

type Step =
  | { readonly kind: 'publish'; readonly channel: number; readonly count: number }
  | { readonly kind: 'restart' | 'kill' | 'cutPower' | Break }
  | { readonly kind: 'wait'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind('publish'),
      channel: fc.nat(CHANNELS.length - 1),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'kill', 'cutPower') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS) }) },
  { weight: 6, arbitrary: wait(1_000) },
)

/** A durable trigger on a server that dies, and one who sends it what it is to handle. */
class World {
  readonly clock = new FakeClock()
  readonly node: SqliteNode
  readonly #random: SeededRandom
  readonly #environment: SimulatedEnvironment
  readonly #channels: Channel[] = []
  readonly #attempted: string[][] = CHANNELS.map(() => [])
  readonly #acknowledged = new Set<string>()
  readonly #refused: string[] = []
  readonly #begun: string[] = []
  readonly #ended: string[] = []
  #failures = 0
  #ends = 0

  constructor(seed: number) {
    const random = new SeededRandom(seed)
    const network = new SimulatedNetwork(this.clock, () => random.below(40))
    this.#random = random
    this.node = new SqliteNode({
      clock: this.clock,
      random,
      network,
      // What the trigger was told to handle must not go with the power.
      durability: 'full',
      hasStore: true,
      hub: { channels: { 'orders:*': { history: { size: 1_000, ttlMs: 36_000_000 } } } },
      onHub: (hub) => this.#listen(hub),
    })
    const findHub = () => this.node.hub
    this.#environment = new SimulatedEnvironment(this.clock, network, random, findHub)
  }

  async start(): Promise<void> {
    await this.node.start()
    const { clock } = this
    const client = createClient({
      url: 'ws://simulated',
      token: 'ada',
      transports: ['websocket'],
      environment: this.#environment,
    })
    client.connect()
    for (const name of CHANNELS) {
      const channel = client.channel(name)
      channel.subscribe().catch(() => {})
      this.#channels.push(channel)
    }
    await clock.advance(500)
  }

  async perform(each: Step): Promise<void> {
    switch (each.kind) {
      case 'publish':
        return this.#publish(each.channel, each.count)
      case 'wait':
        return this.clock.advance(each.ms)
      case 'restart':
        await this.node.close()
        break
      case 'kill':
      case 'cutPower':
        await this.node[each.kind]()
        break
      default:
        return this.#environment[each.kind]()
    }
    this.#ends += 1
    await this.clock.advance(this.#random.below(2_000))
    await this.node.start()
  }

  async finish(): Promise<string[]> {
    await comeToRest(this.clock, () => this.#isAllHandled(), LIMIT_MS)
    const faults = judgeHandled({
      attempted: this.#attempted,
      acknowledged: this.#acknowledged,
      begun: this.#begun,
      ended: this.#ended,
      interruptions: this.#ends + this.#failures,
    })
    await this.node.close()
    return [...this.#refused, ...faults]
  }

  #isAllHandled(): boolean {
    const sent = this.#attempted.flat()
    if (this.#acknowledged.size < sent.length) return false
    const handled = new Set(this.#ended)
    return sent.every((id) => handled.has(id))
  }

  #publish(index: number, count: number): void {
    for (let n = 0; n < count; n += 1) {
      const sent = this.#attempted[index] as string[]
      const id = `${index}-${sent.length}`
      sent.push(id)
      this.#channels[index]?.publish('placed', id, { messageId: id }).then(
        () => this.#acknowledged.add(id),
        (error: Error) => this.#refused.push(`${id} was refused: ${error.message}`),
      )
    }
  }

  #listen(hub: RealtimeHub): void {
    hub.trigger(
      'orders:*',
      'placed',
      async ({ input }) => {
        const id = String(input)
        this.#begun.push(id)
        await new Promise<void>((resolve) => {
          hub.clock.setTimer(resolve, this.#random.below(50))
        })
        if (this.#random.below(10) === 0) {
          this.#failures += 1
          throw new Error('it fails now and then')
        }
        this.#ended.push(id)
      },
      { durable: 'orders' },
    )
  }
}

export const triggers = defineModel({
  name: 'triggers',
  promise: 'handles each event at least once and in order, whatever ends the server',
  defaultSchedules: 25,
  schedule: scheduleOf(step, 25),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    try {
      await world.start()
      for (const each of steps) await world.perform(each)
      return await world.finish()
    } finally {
      world.node.disk.remove()
    }
  },
})
