import type { JsonValue } from '@coterie/protocol'
import { EPHEMERAL_EVENT_TYPES, type EphemeralEvent } from '../ports/realtime-backend.ts'

/** Writes an ephemeral event as JSON text, with the field names of the wire. */
export function encodeEphemeralEvent(event: EphemeralEvent): string {
  return JSON.stringify({
    id: event.id,
    room_id: event.roomId,
    type: event.type,
    user_id: event.userId,
    channel_id: event.channelId,
    data: event.data,
    timestamp: event.timestamp,
  })
}

/** Reads an ephemeral event; undefined for text that is none. */
export function decodeEphemeralEvent(text: string): EphemeralEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Record<string, unknown>
  const { id, room_id: roomId, user_id: userId, channel_id: channelId = null, timestamp } = fields
  const type = EPHEMERAL_EVENT_TYPES.find((known) => known === fields.type)
  if (type === undefined || !isText(id) || !isText(roomId) || !isText(userId)) return undefined
  if (!isText(timestamp) || !(channelId === null || isText(channelId))) return undefined
  const data = (fields.data ?? {}) as JsonValue
  return { id, roomId, type, userId, channelId, data, timestamp }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
