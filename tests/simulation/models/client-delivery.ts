import type { Channel } from '@coterie/client'
import fc from 'fast-check'
import { judge } from '../delivery-oracle.ts'
import { defineModel } from '../runner/model.ts'
import { comeToRest } from '../worlds/come-to-rest.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { SimulatedWorld } from '../worlds/simulated-world.ts'

const NODES = 2
const CLIENTS = 4
const LIMIT_MS = 120_000

type Step =
  | { readonly kind: 'publish' | Break; readonly client: number }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'wait'; readonly ms: number }

const client = fc.nat(CLIENTS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: kind('publish'), client }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS), client }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('restart'), node: fc.nat(NODES - 1) }) },
  { weight: 6, arbitrary: wait(4_000) },
)

/** Four users on two nodes, each of whom publishes and receives. */
class World extends SimulatedWorld {
  readonly attempted = new Set<string>()
  readonly acknowledged = new Set<string>()
  readonly received: string[][] = []
  readonly #rooms: Channel[] = []

  constructor(seed: number) {
    super(seed, {
      nodes: NODES,
      hub: { channels: { 'room:*': { history: { size: 10_000, ttlMs: 3_600_000 } } } },
    })
    for (let index = 0; index < CLIENTS; index += 1) this.#join(index)
  }

  async perform(each: Step): Promise<void> {
    if (each.kind === 'publish') this.#publish(each.client)
    else if (each.kind === 'restart') await this.restart(each.node)
    else if (each.kind === 'wait') await this.clock.advance(each.ms)
    else this.clients[each.client]?.environment[each.kind]()
  }

  /** Lets everything come to rest and returns the channel's log. */
  async finish(): Promise<string[]> {
    await comeToRest(this.clock, () => this.#isAllReceived(), LIMIT_MS)
    let log: string[] | undefined
    const read = (): void => {
      // A connection of which nobody knows yet that it is dead answers nothing.
      this.#rooms[0]?.history({ limit: 1_000 }).then(({ events }) => {
        log = events.map(({ id }) => id)
      }, read)
    }
    read()
    await this.clock.until(() => log !== undefined)
    return log ?? []
  }

  #isAllReceived(): boolean {
    const { attempted, acknowledged, received } = this
    return (
      acknowledged.size === attempted.size &&
      received.every(({ length }) => length >= attempted.size)
    )
  }

  #join(index: number): void {
    const { client: made } = this.open(`user-${index}`, index % NODES)
    const room = made.channel('room:1')
    const received: string[] = []
    room.onAny(({ id }) => received.push(id))
    room.onReset(() => received.push('reset'))
    made.connect()
    void room.subscribe()
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
}

export const clientDelivery = defineModel({
  name: 'client-delivery',
  promise: 'loses, doubles and reorders nothing, whatever breaks',
  defaultSchedules: 200,
  schedule: scheduleOf(step, 60),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    const log = await world.finish()
    const faults = world.received.flatMap((received) => judge({ ...world, log, received }))
    for (const id of world.attempted) {
      if (!world.acknowledged.has(id)) faults.push(`never acknowledged: ${id}`)
    }
    return [...faults, ...world.end()]
  },
})
