import {
  copyJson,
  type JsonObjectLike,
  ok,
  type Result,
  refuse,
  type StateValues,
  stateKeyProblem,
  stateValuesProblem,
} from '@coterie/protocol'
import type { JsonText, KeyChange } from '../../ports/engine.ts'

/** What a change of shared state asks for. */
export interface StateChange {
  readonly set?: JsonObjectLike | undefined
  readonly delete?: readonly string[] | undefined
}

/** Reads a change of shared state, or says what is wrong with it. */
export function readStateChange(change: StateChange): Result<readonly KeyChange[]> {
  const { delete: deleted = [] } = change
  const copy = copyJson(change.set ?? {}, 'set')
  if (!copy.ok) return copy
  const set = copy.value as StateValues
  const problem = stateValuesProblem(set) ?? firstProblem(deleted)
  if (problem !== undefined) return refuse('invalid_payload', problem)
  const both = deleted.find((key) => Object.hasOwn(set, key))
  if (both !== undefined) return refuse('invalid_payload', `${both} is both set and deleted`)
  const changes: KeyChange[] = [
    ...Object.entries(set).map(([key, value]) => ({
      key,
      value: JSON.stringify(value) as JsonText,
    })),
    ...deleted.map((key) => ({ key, value: null })),
  ]
  return changes.length > 0
    ? ok(changes)
    : refuse('invalid_payload', 'set or delete: expected at least one key')
}

function firstProblem(keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const problem = stateKeyProblem(key)
    if (problem !== undefined) return problem
  }
  return undefined
}
