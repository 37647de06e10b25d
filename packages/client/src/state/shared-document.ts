import { copyJson, type JsonValue, type StateValues } from '@coterie/protocol'
import { unattended } from '../channel/unattended.ts'
import { deriveSignal, type Signal } from '../signals/signal.ts'
import { listChange } from './list-change.ts'
import { isList, itemsOf, type ListItem, listOf } from './list-item.ts'
import { createSharedList, type SharedList } from './shared-list.ts'
import type { SharedState } from './shared-state.ts'

/** The names of the members whose values are lists of objects with an `id`. */
export type ListName<State> = {
  [Name in keyof State]: State[Name] extends readonly { readonly id: string }[] ? Name : never
}[keyof State] &
  string

type ItemOf<List> = List extends readonly (infer Item extends { readonly id: string })[]
  ? Item
  : never

/**
 * Shared state as one object. An array of objects with an `id` is stored item
 * by item: setting it to another array changes only the items that differ.
 */
export interface SharedDocument<State extends object> {
  /**
   * The whole object. A member without a value has its initial value, until the
   * shared state is emptied as a whole: then only empty lists remain.
   */
  readonly state: Signal<State>
  readonly version: Signal<number>
  get<Name extends keyof State>(name: Name): State[Name]
  /** Sets one member. Rejects as `SharedState.change` does. */
  set<Name extends keyof State & string>(name: Name, value: State[Name]): Promise<number>
  /** Sets several members, all of them or none. Rejects as `SharedState.change` does. */
  merge(values: Partial<State>): Promise<number>
  /** Returns the items of a list member, to change them one by one. */
  list<Name extends ListName<State>>(name: Name): SharedList<ItemOf<State[Name]>>
}

/** Makes a document from shared state. */
export function createSharedDocument<State extends object>(
  shared: SharedState,
  initialState: State,
): SharedDocument<State> {
  const initial = Object.entries(initialState)
  const state = deriveSignal(
    [shared.value],
    (values) => assemble(initial, values, shared.hasBegun()) as State,
  )

  const change = async (members: Partial<State>): Promise<number> => {
    // Copied before the comparison, because a value that JSON drops is not a difference.
    const copy = copyJson(members, 'state')
    if (!copy.ok) throw copy.error
    const deleted = Object.entries(members).filter(([, value]) => value === undefined)
    const wanted = { ...Object.fromEntries(deleted), ...(copy.value as object) }
    const difference = memberChange(initial, shared.value(), wanted)
    // Nothing differs, so there is no answer to wait for.
    if (Object.keys(difference.set).length + difference.delete.length === 0) return shared.version()
    return shared.change(difference)
  }
  const merge = (members: Partial<State>): Promise<number> => unattended(change(members))

  return {
    state,
    version: shared.version,
    get: (name) => state()[name],
    set: (name, value) => merge({ [name]: value } as unknown as Partial<State>),
    merge,
    list: (name) => createSharedList(shared, name),
  }
}

/** Returns the initial values of a channel whose document is this one. */
export function initialValues(initialState: object): StateValues {
  // A state begins only once, so no other writer inserts items at the same time.
  return memberChange(Object.entries(initialState), {}, initialState, () => '').set
}

function assemble(
  initial: readonly (readonly [string, unknown])[],
  values: StateValues,
  hasBegun: boolean,
): Record<string, unknown> {
  const isEmptied = hasBegun && Object.keys(values).length === 0
  const members = new Map<string, unknown>(isEmptied ? [] : initial)
  const lists = new Set<string>()
  for (const [key, value] of Object.entries(values)) {
    const list = listOf(key)
    if (list === undefined) members.set(key, value)
    else lists.add(list)
  }
  for (const [name, value] of initial) {
    // Once the state has begun, a list without items is empty.
    if (isList(value) && hasBegun && !Object.hasOwn(values, name)) members.set(name, [])
  }
  for (const name of lists)
    members.set(
      name,
      itemsOf(values, name).map(({ item }) => item),
    )
  return Object.fromEntries(members)
}

function memberChange(
  initial: readonly (readonly [string, unknown])[],
  values: StateValues,
  members: object,
  endingOf?: (key: string) => string,
): { readonly set: StateValues; readonly delete: readonly string[] } {
  const set: Record<string, JsonValue> = {}
  const deleted: string[] = []
  for (const [name, value] of Object.entries(members)) {
    const wasList = itemsOf(values, name).length > 0
    const beganAsList = initial.some(([known, first]) => known === name && isList(first))
    if (isList(value) && (value.length > 0 || wasList || beganAsList)) {
      const change = listChange(values, name, value as readonly ListItem[], endingOf)
      Object.assign(set, change.set)
      deleted.push(...change.delete, ...(Object.hasOwn(values, name) ? [name] : []))
      continue
    }
    if (wasList) deleted.push(...listChange(values, name, []).delete)
    if (value === undefined) deleted.push(...(Object.hasOwn(values, name) ? [name] : []))
    else
      Object.defineProperty(set, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
  }
  return { set, delete: deleted }
}
