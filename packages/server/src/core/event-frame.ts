import { formatPosition } from '@coterie/protocol'
import type { EventRecord } from '../ports/engine.ts'
import { OutgoingFrame } from './outgoing-frame.ts'

/** Writes an event's fields as JSON; the payload stays as its sender wrote it. */
export function eventFields(record: EventRecord, pattern?: string): string {
  const { from, position } = record
  const sender = from
    ? `{"user_id":${JSON.stringify(from.user_id)},"connection_id":"${from.connection_id}"}`
    : 'null'
  // Channel names, patterns, connection ids and positions hold nothing that JSON escapes.
  return (
    `{"channel":"${record.channel}","event":${JSON.stringify(record.event)},"payload":${record.payload}` +
    `,"from":${sender},"id":${JSON.stringify(record.id)}` +
    `,"timestamp":"${new Date(record.timestampMs).toISOString()}"` +
    (position ? `,"position":"${formatPosition(position)}"` : '') +
    (pattern === undefined ? '}' : `,"pattern":"${pattern}"}`)
  )
}

/** Makes the frame of an event, to be shared by all its receivers. */
export function eventFrame(record: EventRecord, pattern?: string): OutgoingFrame {
  return new OutgoingFrame('event', eventFields(record, pattern))
}
