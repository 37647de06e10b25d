import type { RealtimeHub } from '@coterie/server'
import { FakeClock, SeededRandom, SimulatedNetwork, testPrincipal } from '@coterie/testing'
import fc from 'fast-check'
import {
  type Evidence,
  judgeLogged,
  judgePattern,
  judgeUnlogged,
} from '../oracles/delivery-judge.ts'
import { ReferenceLog } from '../oracles/reference-log.ts'
import { defineModel } from '../runner/model.ts'
import { kind, wait } from '../worlds/network-steps.ts'
import { RawReader } from '../worlds/raw-reader.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import type { Files } from '../worlds/simulated-disk.ts'
import { SqliteNode } from '../worlds/sqlite-node.ts'

const HISTORY_SIZE = 40
const QUIET_MS = 30_000
const LOGGED = ['log:1', 'log:2']
const PATTERN = 'log:*'
const UNLOGGED = 'live:1'
const READERS = [['log:1', 'log:2', UNLOGGED], [PATTERN]]

type Step =
  | { readonly kind: 'publish'; readonly channel: string; readonly count: number }
  | { readonly kind: 'cut'; readonly reader: number }
  | { readonly kind: 'restart' | 'kill' | 'cutPower' | 'backUp' | 'restore' }
  | { readonly kind: 'wait'; readonly ms: number }

interface Schedule {
  readonly steps: readonly Step[]
  readonly durability: 'normal' | 'full'
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: kind('publish'),
      channel: fc.constantFrom(...LOGGED, UNLOGGED),
      count: fc.integer({ min: 1, max: 10 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('cut'), reader: fc.nat(READERS.length - 1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'kill', 'cutPower') }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('backUp', 'restore') }),
  },
  { weight: 5, arbitrary: wait(1_000) },
)

/** One node over SQLite that dies in every way, and readers who resume after each. */
class World implements Evidence {
  readonly clock = new FakeClock()
  readonly logs = new Map(LOGGED.map((channel) => [channel, new ReferenceLog(channel)]))
  readonly unlogged = new Map<string, string[]>([[UNLOGGED, []]])
  readonly historySize = HISTORY_SIZE
  readonly readers: RawReader[]
  engineWasLost = false
  readonly #random: SeededRandom
  readonly #node: SqliteNode
  readonly #durability: Schedule['durability']
  #backup: Files | undefined
  #published = 0

  constructor(seed: number, durability: Schedule['durability']) {
    const random = new SeededRandom(seed)
    const network = new SimulatedNetwork(this.clock, () => random.below(20))
    this.#random = random
    this.#durability = durability
    this.#node = new SqliteNode({
      clock: this.clock,
      random,
      network,
      durability,
      hub: {
        channels: {
          'log:*': { history: { size: HISTORY_SIZE, ttlMs: 3_600_000 } },
          'live:*': {},
        },
      },
    })
    this.readers = READERS.map((subscriptions, index) => {
      const grants = [{ channels: '#', actions: ['*'] as const }]
      const principal = testPrincipal(`reader-${index}`, { grants })
      const findHub = (): RealtimeHub | undefined => this.#node.hub
      return new RawReader(this.clock, network, findHub, principal, subscriptions)
    })
  }

  async start(): Promise<void> {
    await this.#node.start()
    for (const each of this.readers) each.connect()
    await this.clock.advance(500)
  }

  async perform(each: Step): Promise<void> {
    switch (each.kind) {
      case 'publish':
        return this.publish(each.channel, each.count)
      case 'cut':
        return this.readers[each.reader]?.cut()
      case 'wait':
        return this.clock.advance(each.ms)
      case 'restart':
        await this.#node.close()
        break
      case 'kill':
        await this.#node.kill()
        break
      case 'cutPower':
        await this.#node.cutPower()
        this.engineWasLost ||= this.#durability !== 'full'
        break
      case 'backUp':
        await this.#node.close()
        this.#backup = this.#node.disk.copy()
        break
      case 'restore':
        if (!this.#backup) return
        await this.#node.close()
        this.#node.disk.restore(this.#backup)
        this.engineWasLost = true
    }
    await this.clock.advance(this.#random.below(500))
    await this.#node.start()
  }

  /** Publishes once more to every channel and lets everybody read to the end. */
  async finish(): Promise<string[]> {
    await this.clock.advance(QUIET_MS)
    for (const channel of [...LOGGED, UNLOGGED]) await this.publish(channel, 1)
    await this.clock.advance(QUIET_MS)
    await this.#node.close()
    const [byName, byPattern] = this.readers.map(({ told }) => told)
    if (!byName || !byPattern) return ['no readers']
    const last = LOGGED.map((channel) => this.#lastOf(channel))
    const missed = last.flatMap((id) =>
      [byName, byPattern].some((told) =>
        told.some((each) => each.kind === 'event' && each.event.id === id),
      )
        ? []
        : [`nobody received ${id}, which came last`],
    )
    return [
      ...LOGGED.flatMap((channel) => judgeLogged(byName, channel, this)),
      ...judgeUnlogged(byName, UNLOGGED, this),
      ...judgePattern(byPattern, PATTERN, LOGGED, this),
      ...missed,
    ]
  }

  remove(): void {
    this.#node.disk.remove()
  }

  async publish(channel: string, count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.#published += 1
      const id = `e${this.#published}`
      const published = this.#node.hub?.publish(channel, 'message', id, { messageId: id })
      await this.clock.settle()
      const result = await published
      if (!result?.ok) throw new Error(`not published: ${result?.error.message}`)
      const { position } = result.value
      if (position === undefined) this.unlogged.get(channel)?.push(id)
      else this.logs.get(channel)?.add(id, position)
    }
  }

  #lastOf(channel: string): string | undefined {
    const log = this.logs.get(channel)
    return log?.entriesOf(log.lastEpoch ?? '').at(-1)?.id
  }
}

export const sqliteDelivery = defineModel({
  name: 'sqlite-delivery',
  promise: 'keeps what it acknowledged over every crash, or says that it was lost',
  defaultSchedules: 60,
  schedule: fc.record({
    steps: scheduleOf(step, 30),
    durability: fc.constantFrom('normal' as const, 'full' as const),
  }),
  async run({ steps, durability }: Schedule, seed) {
    const world = new World(seed, durability)
    try {
      await world.start()
      for (const each of steps) await world.perform(each)
      return await world.finish()
    } finally {
      world.remove()
    }
  },
})
