import { z } from 'zod'
import { canonicalChannel } from '../owned-channel.ts'
import { HALF_CHARACTER } from '../well-formed.ts'

/** A string of whole characters: half of a surrogate pair cannot be kept or sent. */
export function wholeText() {
  return z.string().refine((text) => text.isWellFormed(), HALF_CHARACTER)
}

/** Characters that a frame's `id` may have. */
const MAX_FRAME_ID_CHARACTERS = 64

/** The `id` of a client frame; its `reply` or `error` carries the same. */
export const frameId = wholeText().min(1).max(MAX_FRAME_ID_CHARACTERS)

/**
 * The channel of a frame, under its one name.
 *
 * Names are checked where they are used: a wrong name is `invalid_channel`, not `bad_frame`.
 */
export const channelName = z.string().overwrite(canonicalChannel)

/** Any JSON value, which must be there; `null` counts. */
export const jsonValue = z.custom<JsonValue>((value) => value !== undefined, {
  error: 'Required: any JSON value',
})

/** A value that JSON can carry. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Defines a frame of the client: its type, its fields and the optional `id`. */
export function request<Type extends string, Fields extends z.core.$ZodLooseShape>(
  type: Type,
  fields: Fields,
) {
  return z.object({ type: z.literal(type), id: frameId.optional(), ...fields })
}

/** Defines a frame of the server: its type and its fields. Readers ignore fields they do not know. */
export function frame<Type extends string, Fields extends z.core.$ZodLooseShape>(
  type: Type,
  fields: Fields,
) {
  return z.object({ type: z.literal(type), ...fields })
}
