import type { JsonValue, PresenceStatus, UserId } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'

/** The map of the engine that holds who is present, by connection. */
export const PRESENCE_MAP = 'presence'

/** One connection's appearance, as the engine keeps it under the connection's id. */
export interface PresenceValue {
  readonly user_id: UserId
  readonly status: PresenceStatus
  readonly data: JsonValue
  /** Wall time in ms. */
  readonly joined_at: number
  /** Wall time in ms. */
  readonly last_seen: number
}

/** Writes an appearance for the engine. */
export function formatPresence(value: PresenceValue): JsonText {
  return JSON.stringify(value) as JsonText
}

/** Reads an appearance back. */
export function parsePresence(text: JsonText): PresenceValue {
  return JSON.parse(text) as PresenceValue
}
