import { EPHEMERAL_EVENT_TYPES, type JsonValue } from '@coterie/protocol'
import type { EphemeralEvent } from '../ports/realtime-backend.ts'

/** An ephemeral event with the field names of the wire. */
export interface EphemeralEventJson {
  readonly id: string
  readonly room_id: string
  readonly type: EphemeralEvent['type']
  readonly user_id: string
  readonly channel_id: string | null
  readonly data: JsonValue
  readonly timestamp: string
}

/** Turns an ephemeral event into a JSON value, with the field names of the wire. */
export function ephemeralEventToJson(event: EphemeralEvent): EphemeralEventJson {
  return {
    id: event.id,
    room_id: event.roomId,
    type: event.type,
    user_id: event.userId,
    channel_id: event.channelId,
    data: event.data,
    timestamp: event.timestamp,
  }
}

/** Turns a JSON value into an ephemeral event; undefined if it is not one. */
export function ephemeralEventFromJson(value: unknown): EphemeralEvent | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Record<string, unknown>
  const { id, room_id: roomId, user_id: userId, channel_id: channelId = null, timestamp } = fields
  const type = EPHEMERAL_EVENT_TYPES.find((known) => known === fields.type)
  if (type === undefined || !isText(id) || !isText(roomId) || !isText(userId)) return undefined
  if (!isText(timestamp) || !(channelId === null || isText(channelId))) return undefined
  const data = (fields.data ?? {}) as JsonValue
  return { id, roomId, type, userId, channelId, data, timestamp }
}

/** Writes an ephemeral event as JSON text. */
export function encodeEphemeralEvent(event: EphemeralEvent): string {
  return JSON.stringify(ephemeralEventToJson(event))
}

/** Reads an ephemeral event; undefined if the text is not one. */
export function decodeEphemeralEvent(text: string): EphemeralEvent | undefined {
  try {
    return ephemeralEventFromJson(JSON.parse(text))
  } catch {
    return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
