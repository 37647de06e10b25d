import { createMemoryEngine, RealtimeHub, silentLogger } from '@coterie/server'
import { MemoryBackplane } from '@coterie/server/engine'
import { FakeClock, SeededRandom, SimulatedNetwork, testPrincipal } from '@coterie/testing'
import fc from 'fast-check'
import { idleStore } from '../idle-store.ts'
import {
  type Evidence,
  judgeLogged,
  judgePattern,
  judgeUnlogged,
} from '../oracles/delivery-judge.ts'
import { ReferenceLog } from '../oracles/reference-log.ts'
import { defineModel } from '../runner/model.ts'
import { distantEngine } from '../worlds/distant-engine.ts'
import { RawReader } from '../worlds/raw-reader.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'

const HISTORY_SIZE = 40
const NODES = 2
const QUIET_MS = 60_000
const MAX_LATENCY_MS = 20
const LOGGED = ['log:1', 'log:2']
const PATTERN = 'log:*'
const UNLOGGED = 'live:1'
/** Who reads what: names first, then patterns. */
const READERS = [['log:1', 'log:2', UNLOGGED], [PATTERN], ['log:1', PATTERN]]
const TEXT = 'x'.repeat(60)

type ReaderStep = 'cut' | 'halfOpen' | 'pause' | 'resume' | 'resubscribe' | 'rejoin'

type Step =
  | { readonly kind: 'publish'; readonly channel: string; readonly count: number }
  | { readonly kind: ReaderStep; readonly reader: number }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'loseEngine' }
  | { readonly kind: 'wait'; readonly ms: number }

const reader = fc.nat(READERS.length - 1)
const onReader = (kind: ReaderStep) => fc.record({ kind: fc.constant(kind), reader })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      channel: fc.constantFrom(...LOGGED, UNLOGGED),
      count: fc.integer({ min: 1, max: 25 }),
    }),
  },
  { weight: 3, arbitrary: onReader('cut') },
  { weight: 1, arbitrary: onReader('halfOpen') },
  { weight: 3, arbitrary: onReader('pause') },
  { weight: 3, arbitrary: onReader('resume') },
  { weight: 1, arbitrary: onReader('resubscribe') },
  { weight: 1, arbitrary: onReader('rejoin') },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), node: fc.nat(NODES - 1) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3_000) }) },
)
/** Engines seldom forget everything: else nothing of the rest would be seen. */
const schedule = fc
  .tuple(scheduleOf(step, 40), fc.option(fc.nat(40), { freq: 9, nil: undefined }))
  .map(([steps, loseAt]): readonly Step[] =>
    loseAt === undefined ? steps : steps.toSpliced(loseAt, 0, { kind: 'loseEngine' }),
  )

/** Two nodes on one engine, and readers who may be cut off, slow, or stop reading. */
class World implements Evidence {
  readonly clock = new FakeClock()
  readonly logs = new Map(LOGGED.map((channel) => [channel, new ReferenceLog(channel)]))
  readonly unlogged = new Map<string, string[]>([[UNLOGGED, []]])
  readonly historySize = HISTORY_SIZE
  readonly readers: RawReader[]
  engineWasLost = false
  readonly #random: SeededRandom
  readonly #hubs: (RealtimeHub | undefined)[] = []
  #backplane: MemoryBackplane
  #published = 0

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    const network = new SimulatedNetwork(this.clock, () => this.#random.below(MAX_LATENCY_MS))
    this.#backplane = new MemoryBackplane(this.clock, this.#random)
    for (let node = 0; node < NODES; node += 1) this.#startNode(node)
    this.readers = READERS.map((subscriptions, index) => {
      const grants = [{ channels: '#', actions: ['*'] as const }]
      const principal = testPrincipal(`reader-${index}`, { grants })
      const findHub = (): RealtimeHub | undefined => this.#hubs[index % NODES]
      return new RawReader(this.clock, network, findHub, principal, subscriptions)
    })
    for (const each of this.readers) each.connect()
  }

  async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'publish':
        return this.#publish(step.channel, step.count)
      case 'restart':
        return this.#restart([step.node])
      case 'loseEngine':
        this.engineWasLost = true
        return this.#restart([...this.#hubs.keys()], () => {
          this.#backplane = new MemoryBackplane(this.clock, this.#random)
        })
      case 'wait':
        return this.clock.advance(step.ms)
      case 'rejoin':
        return this.#rejoin(step.reader)
      default:
        return this.readers[step.reader]?.[step.kind]()
    }
  }

  /** Lets everybody read on until nothing more comes. */
  async finish(): Promise<void> {
    for (const each of this.readers) each.resume()
    await this.clock.advance(QUIET_MS)
  }

  async close(): Promise<void> {
    const closing = this.#hubs.map((hub) => hub?.close())
    // Nobody comes to a server that is going.
    this.#hubs.fill(undefined)
    await this.clock.advance(4_000)
    await Promise.all(closing)
  }

  async #publish(channel: string, count: number): Promise<void> {
    const hub = this.#hubs.find((each) => each)
    for (let n = 0; n < count; n += 1) {
      this.#published += 1
      const id = `e${this.#published}`
      const published = await this.#done(hub?.publish(channel, 'message', TEXT, { messageId: id }))
      if (!published?.ok) throw new Error('nothing was published')
      const { position } = published.value
      if (position === undefined) this.unlogged.get(channel)?.push(id)
      else this.logs.get(channel)?.add(id, position)
      if (n % 8 === 7) await this.clock.settle()
    }
  }

  /** Waits for what may take simulated time, as publishing to a hub that has just begun. */
  async #done<T>(work: Promise<T> | undefined): Promise<T | undefined> {
    let isDone = false
    const finished = work?.finally(() => {
      isDone = true
    })
    if (finished) await this.clock.until(() => isDone)
    return finished
  }

  // Who leaves while behind leaves what is missing, so nobody could say what is to come.
  async #rejoin(index: number): Promise<void> {
    await this.clock.advance(10 * MAX_LATENCY_MS)
    if (this.#hubs.some((hub) => hub && hub.figures().slowConnections > 0)) return
    this.readers[index]?.rejoin()
    for (let n = 0; n < 6; n += 1) {
      await this.#publish('log:1', 1)
      await this.clock.advance(this.#random.below(MAX_LATENCY_MS))
    }
    await this.clock.advance(10 * MAX_LATENCY_MS)
  }

  async #restart(nodes: readonly number[], between: () => void = () => {}): Promise<void> {
    const closing = nodes.map((node) => this.#hubs[node]?.close())
    for (const node of nodes) this.#hubs[node] = undefined
    await this.clock.advance(3_500)
    await Promise.all(closing)
    between()
    for (const node of nodes) this.#startNode(node)
  }

  #startNode(node: number): void {
    const random = this.#random
    const { clock } = this
    const engine = createMemoryEngine({ clock, random, backplane: this.#backplane })
    const hub = new RealtimeHub({
      clock,
      random,
      engine: distantEngine(engine, clock, random, MAX_LATENCY_MS),
      channels: {
        'log:*': { history: { size: HISTORY_SIZE, ttlMs: 3_600_000 } },
        'live:*': {},
      },
      limits: { queuedBytes: 2_000 },
      store: idleStore,
      logger: silentLogger,
    })
    void hub.start()
    this.#hubs[node] = hub
  }
}

function judgeAll(world: World): string[] {
  const [byName, byPattern, both] = world.readers.map(({ told }) => told)
  if (!byName || !byPattern || !both) return ['no readers']
  return [
    ...LOGGED.flatMap((channel) => judgeLogged(byName, channel, world)),
    ...judgeUnlogged(byName, UNLOGGED, world),
    ...judgePattern(byPattern, PATTERN, LOGGED, world),
    ...judgeLogged(both, 'log:1', world),
    ...judgePattern(both, PATTERN, LOGGED, world),
  ]
}

export const delivery = defineModel({
  name: 'delivery',
  promise: 'tells every reader all there is, in order and once, or says what is missing',
  defaultSchedules: 300,
  schedule,
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    await world.finish()
    const faults = judgeAll(world)
    await world.close()
    return faults
  },
})
