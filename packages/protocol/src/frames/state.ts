import { z } from 'zod'
import type { EventSender } from './channel.ts'
import { frame, type JsonValue } from './frame.ts'

const MAX_KEY_CHARACTERS = 200
const MAX_OPERATION_ID_CHARACTERS = 128
/** Assigned to an object by a careless reader they would change more than the object. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Values by their keys. Keys of a list's items are `<list>/<item>`. */
export type StateValues = Readonly<Record<string, JsonValue>>

/** Says what is wrong with a key of shared state; undefined when nothing is. */
export function stateKeyProblem(key: string): string | undefined {
  if (key.length < 1 || key.length > MAX_KEY_CHARACTERS) {
    return `a key has 1–${MAX_KEY_CHARACTERS} characters`
  }
  const name = key.split('/').find((part) => FORBIDDEN_NAMES.has(part))
  return name && `${name} cannot be used as a key`
}

/** Says what is wrong with values of shared state; undefined when nothing is. */
export function stateValuesProblem(values: StateValues): string | undefined {
  for (const [key, value] of Object.entries(values)) {
    const problem = stateKeyProblem(key)
    if (problem !== undefined) return problem
    const name = forbiddenNameIn(value)
    if (name !== undefined) return `${name} cannot be used as a key, as in the value of ${key}`
  }
  return undefined
}

// Depth is bounded by that of a frame.
function forbiddenNameIn(value: JsonValue): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    if (FORBIDDEN_NAMES.has(name)) return name
    const found = forbiddenNameIn(inner)
    if (found !== undefined) return found
  }
  return undefined
}

// Not `z.record`, which would lose a key named `__proto__` before anybody can refuse it.
export const stateValues = z.custom<StateValues>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'expected an object of keys and values' },
)

/** Client → server. Changes keys of a channel's shared state, all of them or none. */
export const state = frame('state', {
  channel: z.string(),
  /** The sender's own id for the change: the same id again, within 5 minutes, is the same change. */
  op_id: z.string().min(1).max(MAX_OPERATION_ID_CHARACTERS),
  set: stateValues.optional(),
  delete: z.array(z.string()).optional(),
  /** Refuses with `conflict` unless the state has this version. */
  if_version: z.int().min(0).optional(),
})
export type StateRequestFrame = z.infer<typeof state>

/** Reply to `state`. */
export interface StateReply {
  /** The version that the change led to. */
  readonly version: number
}

/** A channel's shared state at one version. */
export interface StateSnapshot {
  readonly version: number
  readonly value: StateValues
}

/** Server → client. A change of a channel's shared state; each has the next version. */
export interface StateFrame {
  readonly type: 'state'
  readonly channel: string
  readonly version: number
  readonly set: StateValues
  readonly delete: readonly string[]
  /** Null when the server changed it. */
  readonly from: EventSender | null
  readonly op_id: string | null
}
