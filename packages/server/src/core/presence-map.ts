import type { JsonValue, PresenceStatus, UserId } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'

/** The engine's map of present users, by connection. */
export const PRESENCE_MAP = 'presence'

/** The presence of one connection, stored under the connection's id. */
export interface PresenceValue {
  readonly user_id: UserId
  readonly status: PresenceStatus
  readonly data: JsonValue
  /** Wall time in ms. */
  readonly joined_at: number
  /** Wall time in ms. */
  readonly last_seen: number
}

/** Writes a presence value for the engine. */
export function formatPresence(value: PresenceValue): JsonText {
  return JSON.stringify(value) as JsonText
}

/** Reads a presence value of the engine. */
export function parsePresence(text: JsonText): PresenceValue {
  return JSON.parse(text) as PresenceValue
}
