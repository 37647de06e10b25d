import { z } from 'zod'
import type { StateValues } from '../state-values.ts'
import { eventSender } from './event-sender.ts'
import { channelName, frame, request } from './frame.ts'
import { count } from './scalar.ts'

const MAX_OPERATION_ID_CHARACTERS = 128

/** Keys and values of shared state; `stateValuesProblem` validates them. */
// Not `z.record`, which would drop a key named `__proto__` before it can be refused.
export const stateValues = z.custom<StateValues>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'expected an object of keys and values' },
)

/** Client → server. Changes keys of a channel's shared state, all of them or none. */
export const stateRequest = request('state', {
  channel: channelName,
  /** The sender's own id for the change: repeating it within 5 minutes is idempotent. */
  op_id: z.string().min(1).max(MAX_OPERATION_ID_CHARACTERS),
  set: stateValues.optional(),
  delete: z.array(z.string()).optional(),
  /** Refuses with `conflict` unless the state has this version. */
  if_version: z.int().min(0).optional(),
})
/** A `state` frame, as the server reads it. */
export type StateRequest = z.infer<typeof stateRequest>

/** Reply to `state`. */
export const stateReply = z.object({
  /** The version that the change produced. */
  version: count,
})
/** Reply to `state`. */
export type StateReply = Readonly<z.infer<typeof stateReply>>

/** A channel's shared state at one version. */
export const stateSnapshot = z.object({
  version: count,
  value: stateValues,
  /** True when `value` is empty because all its keys were deleted. */
  emptied: z.boolean().optional(),
})
/** A channel's shared state at one version. */
export type StateSnapshot = Readonly<z.infer<typeof stateSnapshot>>

/** What shared state adds to the reply of `subscribe`. */
export const stateReplyFields = { state: stateSnapshot.readonly().optional() }

/** Server → client. A change of a channel's shared state; each has the next version. */
export const stateFrame = frame('state', {
  channel: z.string(),
  version: z.int().min(1),
  set: stateValues,
  delete: z.array(z.string()).readonly(),
  /** Null when the server changed it. */
  from: eventSender.readonly().nullable(),
  op_id: z.string().nullable(),
})
/** Server → client. A change of a channel's shared state; each has the next version. */
export type StateFrame = Readonly<z.infer<typeof stateFrame>>
