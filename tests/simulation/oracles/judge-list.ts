import { differences } from './differences.ts'

/** What became of one list that several write. */
export interface WrittenList {
  /** The ids of the items, as each writer has them at last. */
  readonly orders: readonly (readonly string[])[]
  readonly added: ReadonlySet<string>
  /** Ids that somebody removed; who moved them meanwhile may have brought them back. */
  readonly removed: ReadonlySet<string>
}

/** Returns what is wrong with a list once all writers have come to rest, in words. */
export function judgeList({ orders, added, removed }: WrittenList): string[] {
  const [first = [], ...others] = orders
  const there = new Set(first)
  const twice = first.filter((id, index) => first.indexOf(id) !== index)
  return [
    ...others.flatMap((ids, index) => differences(`writer ${index + 1} has`, ids, first)),
    ...twice.map((id) => `twice in the list: ${id}`),
    ...[...there].filter((id) => !added.has(id)).map((id) => `never added: ${id}`),
    ...[...added].filter((id) => !removed.has(id) && !there.has(id)).map((id) => `lost: ${id}`),
  ]
}

/** Where a change puts an item; an undefined index takes it out. */
export interface ChangedPlace {
  readonly id: string
  readonly index: number | undefined
}

/** Returns a fault where a change does not show at once as it was asked for. */
export function judgeChange(
  what: string,
  shown: readonly string[],
  before: readonly string[],
  { id, index }: ChangedPlace,
): string[] {
  const others = before.filter((each) => each !== id)
  const expected =
    index === undefined ? others : others.toSpliced(Math.min(index, others.length), 0, id)
  return differences(`${what}, and then the list is`, shown, expected)
}
