import type { Channel } from '@coterie/client'
import type { MapChange } from '@coterie/server/engine'
import fc from 'fast-check'
import { differences } from '../oracles/differences.ts'
import { defineModel } from '../runner/model.ts'
import { comeToRest } from '../worlds/come-to-rest.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { SimulatedWorld } from '../worlds/simulated-world.ts'

const BOARD = 'board:1'
const NODES = 2
const CLIENTS = 3
const LIMIT_MS = 120_000
const KEYS = ['a', 'b', 'c', 'list/1']

type Step =
  | { readonly kind: 'set'; readonly client: number; readonly keys: readonly string[] }
  | { readonly kind: 'delete'; readonly client: number; readonly key: string }
  | { readonly kind: Break; readonly client: number }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'wait'; readonly ms: number }

const client = fc.nat(CLIENTS - 1)
const key = fc.constantFrom(...KEYS, 'seeded')
const keys = fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: kind('set'), client, keys }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('delete'), client, key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS), client }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('restart'), node: fc.nat(NODES - 1) }) },
  { weight: 6, arbitrary: wait(3_000) },
)

/** Three writers on two nodes, and what the engine was told of their changes. */
class World extends SimulatedWorld {
  readonly attempted = new Set<string>()
  readonly acknowledged = new Set<string>()
  readonly changes: MapChange[] = []
  readonly boards: Channel[] = []

  constructor(seed: number) {
    super(seed, { nodes: NODES, hub: { channels: { 'board:*': { state: { persist: true } } } } })
    this.backplane.attach({
      onEvent() {},
      onChange: (change) => {
        if (change.map === 'state') this.changes.push(change)
      },
    })
    for (let index = 0; index < CLIENTS; index += 1) this.#join(index)
  }

  async perform(each: Step): Promise<void> {
    if (each.kind === 'wait') await this.clock.advance(each.ms)
    else if (each.kind === 'restart') await this.restart(each.node)
    else if (each.kind === 'set') this.#set(each.client, each.keys)
    else if (each.kind === 'delete') this.boards[each.client]?.state.delete(each.key)
    else this.clients[each.client]?.environment[each.kind]()
  }

  /** Lets everything come to rest and returns what the server has. */
  async finish() {
    await comeToRest(this.clock, () => this.#isSettled(), LIMIT_MS)
    const state = await this.hubs[0]?.state.read(BOARD)
    if (!state?.ok) throw new Error('the state could not be read')
    return state.value
  }

  // All changes were taken, and everybody has heard of the last one.
  #isSettled(): boolean {
    const version = this.changes.at(-1)?.version ?? 0
    return this.boards.every(
      ({ status, state }) =>
        status() === 'joined' && state.pending() === 0 && state.version() === version,
    )
  }

  #join(index: number): void {
    const { client: made } = this.open(`user-${index}`, index % NODES)
    const board = made.channel(BOARD, { state: true, initialState: { seeded: index } })
    made.connect()
    void board.subscribe()
    this.boards[index] = board
  }

  // Every value is set once, so that it tells of its change.
  #set(index: number, names: readonly string[]): void {
    const value = `${index}-${this.attempted.size}`
    this.attempted.add(value)
    const values = Object.fromEntries(names.map((name) => [name, value]))
    this.boards[index]?.state.merge(values).then(
      () => this.acknowledged.add(value),
      () => {},
    )
  }
}

function valuesSet({ changes }: MapChange): Set<unknown> {
  return new Set(changes.flatMap(({ value }) => (value === null ? [] : [JSON.parse(value)])))
}

function judgeChanges({ changes, attempted, acknowledged }: World): string[] {
  const made = changes.flatMap((change) => [...valuesSet(change)])
  const own = made.filter((each) => typeof each === 'string')
  const begun = made.filter((each) => typeof each === 'number')
  return [
    ...differences(
      'the versions are',
      changes.map(({ version }) => version),
      changes.map((_, index) => index + 1),
    ),
    ...differences('it was begun so often:', begun.length, 1),
    ...differences('changes that were made:', own.toSorted(), [...attempted].toSorted()),
    ...differences('acknowledged:', acknowledged, attempted),
  ]
}

export const sharedState = defineModel({
  name: 'shared-state',
  promise: 'brings all writers to one state, with each change in it once',
  defaultSchedules: 200,
  schedule: scheduleOf(step, 60),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    const { version, value } = await world.finish()
    const faults = world.boards.flatMap(({ state }, index) =>
      differences(
        `writer ${index} has`,
        [state.pending(), state.version(), state.value()],
        [0, version, value],
      ),
    )
    return [...faults, ...judgeChanges(world), ...world.end()]
  },
})
