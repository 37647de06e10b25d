import { z } from 'zod'
import { canonicalChannel } from '../owned-channel.ts'
import { HALF_CHARACTER } from '../well-formed.ts'

/** A string without lone surrogates, which cannot be stored or sent. */
export function wholeText() {
  return z.string().refine((text) => text.isWellFormed(), HALF_CHARACTER)
}

/** Maximum characters of a frame's `id`. */
const MAX_FRAME_ID_CHARACTERS = 64

/** The `id` of a client frame; its `reply` or `error` carries the same. */
export const frameId = wholeText().min(1).max(MAX_FRAME_ID_CHARACTERS)

/**
 * The channel of a frame, under its canonical name.
 *
 * Names are validated where they are used: an invalid one is `invalid_channel`, not `bad_frame`.
 */
export const channelName = z.string().overwrite(canonicalChannel)

/** Any JSON value, including `null`, which must be present. */
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

/** Defines a frame of the server: its type and its fields. Readers ignore unknown fields. */
export function frame<Type extends string, Fields extends z.core.$ZodLooseShape>(
  type: Type,
  fields: Fields,
) {
  return z.object({ type: z.literal(type), ...fields })
}
