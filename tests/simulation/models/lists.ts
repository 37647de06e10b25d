import { type Channel, createSharedList, type SharedList } from '@coterie/client'
import fc from 'fast-check'
import { type ChangedPlace, judgeChange, judgeList } from '../oracles/judge-list.ts'
import { defineModel } from '../runner/model.ts'
import { comeToRest } from '../worlds/come-to-rest.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { type SimulatedClient, SimulatedWorld } from '../worlds/simulated-world.ts'

const BOARD = 'board:1'
const CLIENTS = 3
const LIMIT_MS = 120_000

type Step =
  | { readonly kind: 'append' | Break; readonly client: number }
  | { readonly kind: 'insert' | 'remove'; readonly client: number; readonly at: number }
  | { readonly kind: 'move'; readonly client: number; readonly from: number; readonly at: number }
  | { readonly kind: 'wait'; readonly ms: number }

const client = fc.nat(CLIENTS - 1)
const at = fc.nat(20)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kind('append'), client }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('insert'), client, at }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('move'), client, from: at, at }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('remove'), client, at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS), client }) },
  { weight: 6, arbitrary: wait(2_000) },
)

interface Item {
  readonly id: string
}

interface Writer extends SimulatedClient {
  readonly board: Channel
  readonly list: SharedList<Item>
}

/** Three who change one list at once. */
class World extends SimulatedWorld {
  readonly faults: string[] = []
  readonly #writers: Writer[] = []
  readonly #added = new Set<string>()
  readonly #removed = new Set<string>()

  constructor(seed: number) {
    super(seed, { hub: { channels: { 'board:*': { state: { persist: true } } } } })
    for (let index = 0; index < CLIENTS; index += 1) {
      const opened = this.open(`user-${index}`, 0)
      const board = opened.client.channel(BOARD, { state: true })
      opened.client.connect()
      void board.subscribe()
      const list = createSharedList<Item>(board.state, 'tasks')
      this.#writers.push({ ...opened, board, list })
    }
  }

  async perform(each: Step): Promise<void> {
    if (each.kind === 'wait') return this.clock.advance(each.ms)
    const writer = this.#writers[each.client] as Writer
    switch (each.kind) {
      case 'append':
        return this.#insert(writer, Number.POSITIVE_INFINITY)
      case 'insert':
        return this.#insert(writer, each.at)
      case 'move':
        return this.#move(writer, each.from, each.at)
      case 'remove':
        return this.#remove(writer, each.at)
      default:
        return writer.environment[each.kind]()
    }
  }

  /** Lets everything come to rest, and compares what all have. */
  async finish(): Promise<string[]> {
    await comeToRest(this.clock, () => this.#isSettled(), LIMIT_MS)
    const orders = this.#writers.map(idsOf)
    return [...this.faults, ...judgeList({ orders, added: this.#added, removed: this.#removed })]
  }

  // All changes were taken, and everybody has heard of the last one.
  #isSettled(): boolean {
    const version = this.#writers[0]?.board.state.version()
    return this.#writers.every(
      ({ board: { status, state } }) =>
        status() === 'joined' && state.pending() === 0 && state.version() === version,
    )
  }

  #insert(writer: Writer, index: number): void {
    const id = `i${this.#added.size}`
    this.#added.add(id)
    const before = idsOf(writer)
    this.#ask(writer.list.insert({ id }, index))
    this.#verify('inserted', writer, before, { id, index })
  }

  #move(writer: Writer, from: number, to: number): void {
    const before = idsOf(writer)
    const id = before[from % Math.max(1, before.length)]
    if (id === undefined) return
    this.#ask(writer.list.move(id, to))
    this.#verify('moved', writer, before, { id, index: to })
  }

  #remove(writer: Writer, index: number): void {
    const before = idsOf(writer)
    const id = before[index % Math.max(1, before.length)]
    if (id === undefined) return
    this.#removed.add(id)
    this.#ask(writer.list.remove(id))
    this.#verify('removed', writer, before, { id, index: undefined })
  }

  #ask(changing: Promise<number>): void {
    changing.catch((error: Error) => this.faults.push(`refused: ${error.message}`))
  }

  // A change shows at once where it was made.
  #verify(what: string, writer: Writer, before: readonly string[], place: ChangedPlace): void {
    this.faults.push(...judgeChange(what, idsOf(writer), before, place))
  }
}

function idsOf({ list }: Writer): string[] {
  return list.items().map(({ id }) => id)
}

export const lists = defineModel({
  name: 'lists',
  promise: 'puts an item where it was asked, and brings all writers to one order',
  defaultSchedules: 100,
  schedule: scheduleOf(step, 50),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    return [...(await world.finish()), ...world.end()]
  },
})
