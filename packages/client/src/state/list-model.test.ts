import type { StateValues } from '@coterie/protocol'
import fc from 'fast-check'
import { generateKeyBetween } from 'fractional-indexing'
import { expect, it } from 'vitest'
import { createSignal } from '../signals/signal.ts'
import { itemKey, itemsOf, placed } from './list-item.ts'
import { createSharedList, type SharedList } from './shared-list.ts'
import type { SharedState, StateChange } from './shared-state.ts'
import { applied } from './state-operation.ts'

interface Item {
  readonly id: string
}

const LIST = 'list'
const CLIENTS = 3
const itemIds = fc.constantFrom(...'abcdefgh')
const idsIn = (values: StateValues) => itemsOf(values, LIST).map(({ item: { id } }) => id)

/** The order in which a server takes changes, and what each client has seen of it. */
class Server {
  readonly changes: (StateChange & { readonly by: number })[] = []
  readonly clients = Array.from({ length: CLIENTS }, (_, index) => new Writer(this, index))

  get values(): StateValues {
    return this.changes.reduce<StateValues>(
      (values, { set = {}, delete: deleted = [] }) => applied(values, { set, delete: deleted }),
      {},
    )
  }
}

/** One client: what it has seen, with its own changes on top that it has not. */
class Writer {
  readonly list: SharedList<Item>
  readonly #server: Server
  readonly #index: number
  readonly #value = createSignal<StateValues>({})
  #base: StateValues = {}
  #seen = 0
  #pending: Required<Pick<StateChange, 'set' | 'delete'>>[] = []

  constructor(server: Server, index: number) {
    this.#server = server
    this.#index = index
    const change = async ({ set = {}, delete: deleted = [] }: StateChange): Promise<number> => {
      server.changes.push({ set, delete: deleted, by: index })
      this.#pending.push({ set, delete: deleted })
      this.#show()
      return 0
    }
    const state: SharedState = {
      value: this.#value,
      version: createSignal(0),
      hasBegun: createSignal(true),
      pending: createSignal(0),
      change,
      set: (key, value) => change({ set: { [key]: value } }),
      merge: (values) => change({ set: values }),
      delete: (...keys) => change({ delete: keys }),
    }
    this.list = createSharedList<Item>(state, LIST)
  }

  get ids(): readonly string[] {
    return this.list.items().map(({ id }) => id)
  }

  /** Appends as clients of earlier builds do: two at once share one order. */
  appendAsBefore(id: string): void {
    const last = itemsOf(this.#value(), LIST).at(-1)?.order ?? null
    const change = { set: { [itemKey(LIST, id)]: placed(generateKeyBetween(last, null), { id }) } }
    this.#server.changes.push({ ...change, by: this.#index })
    this.#pending.push({ ...change, delete: [] })
    this.#show()
  }

  hear(count: number): void {
    for (const { by, set = {}, delete: deleted = [] } of this.#server.changes.slice(
      this.#seen,
      this.#seen + count,
    )) {
      this.#seen += 1
      this.#base = applied(this.#base, { set, delete: deleted })
      if (by === this.#index) this.#pending.shift()
    }
    this.#show()
  }

  #show(): void {
    this.#value.set(this.#pending.reduce((values, each) => applied(values, each), this.#base))
  }
}

it('puts an item where it was asked, whatever stands there', () => {
  const step = fc.record({
    kind: fc.constantFrom('insert', 'move', 'remove', 'twins'),
    id: itemIds,
    index: fc.nat(9),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const server = new Server()
      const [writer, other] = server.clients as [Writer, Writer]
      for (const { kind, id, index } of steps) {
        for (const each of [writer, other]) each.hear(Number.POSITIVE_INFINITY)
        const before = writer.ids
        const others = before.filter((known) => known !== id)
        if (kind === 'twins') {
          if (before.includes(id) || before.includes(`${id}2`)) continue
          writer.appendAsBefore(id)
          other.appendAsBefore(`${id}2`)
        } else if (kind === 'remove') {
          void writer.list.remove(id)
          expect(writer.ids).toEqual(others)
        } else if (before.includes(id)) {
          void writer.list.move(id, index)
          expect(writer.ids).toEqual(others.toSpliced(index, 0, id))
        } else {
          void writer.list.insert({ id }, index)
          expect(writer.ids).toEqual(others.toSpliced(index, 0, id))
        }
      }
    }),
    { numRuns: 300 },
  )
})

it('keeps an item between those that its writer saw beside it, and all writers agree', () => {
  const step = fc.record({
    client: fc.nat(CLIENTS - 1),
    kind: fc.constantFrom('insert', 'insert', 'insert', 'move', 'remove'),
    index: fc.nat(12),
    hears: fc.nat(4),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const server = new Server()
      const moved = new Set<string>()
      const promises: (readonly [string | undefined, string, string | undefined])[] = []
      for (const [n, { client, kind, index, hears }] of steps.entries()) {
        const writer = server.clients[client] as Writer
        writer.hear(hears)
        const { ids } = writer
        const chosen = ids[index % Math.max(1, ids.length)]
        if (kind === 'insert') {
          const id = `${client}-${n}`
          void writer.list.insert({ id }, index)
          promises.push([ids[Math.min(index, ids.length) - 1], id, ids[index]])
        } else if (chosen !== undefined) {
          moved.add(chosen)
          if (kind === 'move') void writer.list.move(chosen, (index * 7) % 5)
          else void writer.list.remove(chosen)
        }
      }
      const final = idsIn(server.values)
      for (const each of server.clients) {
        each.hear(Number.POSITIVE_INFINITY)
        expect(each.ids).toEqual(final)
      }
      const at = (id: string): number => final.indexOf(id)
      for (const [before, id, after] of promises) {
        if (moved.has(id)) continue
        if (before !== undefined && !moved.has(before)) expect(at(before)).toBeLessThan(at(id))
        if (after !== undefined && !moved.has(after)) expect(at(id)).toBeLessThan(at(after))
      }
    }),
    { numRuns: 300 },
  )
})

it('keeps orders short however often items are put at one place', () => {
  const server = new Server()
  const [writer] = server.clients as [Writer]
  for (let n = 0; n < 120; n += 1) {
    for (const index of [0, 1, Number.POSITIVE_INFINITY]) {
      void writer.list.insert({ id: `${n}-${index}` }, index)
    }
    writer.hear(Number.POSITIVE_INFINITY)
  }
  const longest = Math.max(...itemsOf(server.values, LIST).map(({ order }) => order.length))
  expect(longest).toBeLessThan(80)
})
