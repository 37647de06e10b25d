import type { Channel } from '@coterie/client'
import fc from 'fast-check'
import { judge } from '../delivery-oracle.ts'
import { differences } from '../oracles/differences.ts'
import { defineModel } from '../runner/model.ts'
import { comeToRest } from '../worlds/come-to-rest.ts'
import { ENGINE_FAULTS, type EngineFault, faultyEngine } from '../worlds/faulty-engine.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { type SimulatedClient, SimulatedWorld } from '../worlds/simulated-world.ts'

const ROOM = 'room:1'
const NODES = 2
const CLIENTS = 3
const LIMIT_MS = 180_000
const DAY_MS = 86_400_000

type Step =
  | { readonly kind: 'publish' | 'set' | Break; readonly client: number }
  | {
      readonly kind: 'fail'
      readonly node: number
      readonly fault: EngineFault
      readonly ms: number
    }
  | { readonly kind: 'stall'; readonly node: number; readonly ms: number }
  | { readonly kind: 'jump'; readonly node: number; readonly byMs: number }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'wait'; readonly ms: number }

const client = fc.nat(CLIENTS - 1)
const node = fc.nat(NODES - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constantFrom('publish', 'set'), client }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS), client }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('fail'),
      node,
      fault: fc.constantFrom(...ENGINE_FAULTS),
      ms: fc.nat(5_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('stall'), node, ms: fc.nat(30_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('jump'),
      node,
      byMs: fc.integer({ min: -DAY_MS, max: DAY_MS }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('restart'), node }) },
  { weight: 6, arbitrary: wait(3_000) },
)

interface Person extends SimulatedClient {
  readonly room: Channel
  readonly received: string[]
}

/** Nodes whose engine fails, whose loop stalls and whose clock jumps. */
class World extends SimulatedWorld {
  readonly attempted = new Set<string>()
  readonly acknowledged = new Set<string>()
  readonly people: Person[] = []
  readonly faults: string[] = []
  readonly #failing: Set<EngineFault>[]

  constructor(seed: number) {
    const failing = Array.from({ length: NODES }, () => new Set<EngineFault>())
    super(seed, {
      nodes: NODES,
      hub: {
        channels: {
          'room:*': {
            history: { size: 10_000, ttlMs: 36_000_000 },
            state: { persist: true },
          },
        },
      },
      aroundEngine: (engine, index) => faultyEngine(engine, failing[index] ?? new Set()),
    })
    this.#failing = failing
    for (let index = 0; index < CLIENTS; index += 1) this.#join(index)
  }

  async perform(each: Step): Promise<void> {
    switch (each.kind) {
      case 'publish':
      case 'set':
        return this.#send(each.client, each.kind)
      case 'fail':
        return this.#fail(each.node, each.fault, each.ms)
      case 'stall':
        return this.#stall(each.node, each.ms)
      case 'jump':
        return this.processOf(each.node)?.jumpWallClock(each.byMs)
      case 'restart':
        // A node does not start while its engine is unavailable, so the caller waits for the engine.
        this.#failing[each.node]?.clear()
        return this.restart(each.node)
      case 'wait':
        return this.clock.advance(each.ms)
      default:
        return this.people[each.client]?.environment[each.kind]()
    }
  }

  async finish(): Promise<string[]> {
    await comeToRest(this.clock, () => this.#isAllReceived(), LIMIT_MS)
    const log = this.logOf(ROOM)
    const published = (ids: ReadonlySet<string>) =>
      new Set([...ids].filter((id) => id.startsWith('publish')))
    const state = await this.hubs[0]?.state.read(ROOM)
    const value = state?.ok ? state.value.value : undefined
    return [
      ...this.faults,
      ...differences('acknowledged:', this.acknowledged, this.attempted),
      ...this.people.flatMap(({ received, room }) => [
        ...judge({
          attempted: published(this.attempted),
          acknowledged: published(this.acknowledged),
          log,
          received,
        }),
        ...differences('the state is', room.state.value(), value),
      ]),
    ]
  }

  #isAllReceived(): boolean {
    const { attempted, acknowledged, people } = this
    if (acknowledged.size < attempted.size) return false
    const published = [...attempted].filter((id) => id.startsWith('publish')).length
    const version = people[0]?.room.state.version()
    return people.every(
      ({ received, room: { state } }) =>
        received.length >= published && state.pending() === 0 && state.version() === version,
    )
  }

  #join(index: number): void {
    const opened = this.open(`user-${index}`, index % NODES)
    const room = opened.client.channel(ROOM, { state: true })
    const received: string[] = []
    room.onAny(({ id }) => received.push(id))
    room.onReset(({ reason }) => this.faults.push(`${index} was reset: ${reason}`))
    opened.client.connect()
    void room.subscribe().catch(() => {})
    this.people.push({ ...opened, room, received })
  }

  #send(index: number, what: 'publish' | 'set'): void {
    const id = `${what}-${index}-${this.attempted.size}`
    const { room } = this.people[index] as Person
    this.attempted.add(id)
    const sent =
      what === 'publish'
        ? room.publish('message', id, { messageId: id })
        : room.state.set(`key-${index}`, id)
    sent.then(
      () => this.acknowledged.add(id),
      (error: Error) => this.faults.push(`${id} was refused: ${error.message}`),
    )
  }

  #fail(index: number, fault: EngineFault, ms: number): void {
    this.#failing[index]?.add(fault)
    this.clock.setTimer(() => this.#failing[index]?.delete(fault), ms)
  }

  #stall(index: number, ms: number): void {
    const process = this.processOf(index)
    process?.stop()
    this.clock.setTimer(() => process?.goOn(), ms)
  }
}

export const faultyNodes = defineModel({
  name: 'faulty-nodes',
  promise: 'delivers once and in order, though engines fail, loops stall and clocks jump',
  defaultSchedules: 150,
  schedule: scheduleOf(step, 50),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    return [...(await world.finish()), ...world.end()]
  },
})
