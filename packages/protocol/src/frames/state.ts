import { z } from 'zod'
import type { StateValues } from '../state-values.ts'
import type { EventSender } from './event-sender.ts'
import { channelName, frame } from './frame.ts'

const MAX_OPERATION_ID_CHARACTERS = 128

// Not `z.record`, which would lose a key named `__proto__` before anybody can refuse it.
export const stateValues = z.custom<StateValues>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'expected an object of keys and values' },
)

/** Client → server. Changes keys of a channel's shared state, all of them or none. */
export const state = frame('state', {
  channel: channelName,
  /** The sender's own id for the change: the same id again, within 5 minutes, is the same change. */
  op_id: z.string().min(1).max(MAX_OPERATION_ID_CHARACTERS),
  set: stateValues.optional(),
  delete: z.array(z.string()).optional(),
  /** Refuses with `conflict` unless the state has this version. */
  if_version: z.int().min(0).optional(),
})
export type StateRequest = z.infer<typeof state>

/** Reply to `state`. */
export interface StateReply {
  /** The version that the change led to. */
  readonly version: number
}

/** A channel's shared state at one version. */
export interface StateSnapshot {
  readonly version: number
  readonly value: StateValues
  /** True where `value` is empty because everything in it was deleted. */
  readonly emptied?: boolean
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
