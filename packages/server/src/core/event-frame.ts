import { formatPosition, type GapReason, type Position } from '@coterie/protocol'
import type { EventRecord } from '../ports/engine.ts'
import type { FramePlace } from '../ports/transport.ts'
import { OutgoingFrame } from './outgoing-frame.ts'

/** Writes an event's fields as JSON; keeps the payload as its sender wrote it. */
export function eventFields(record: EventRecord, pattern?: string): string {
  const { from, position, sequence } = record
  const sender = from
    ? `{"user_id":${JSON.stringify(from.user_id)},"connection_id":"${from.connection_id}"}`
    : 'null'
  // Channel names, patterns, connection ids and positions need no JSON escaping.
  return (
    `{"channel":"${record.channel}","event":${JSON.stringify(record.event)},"payload":${record.payload}` +
    `,"from":${sender},"id":${JSON.stringify(record.id)}` +
    `,"timestamp":"${new Date(record.timestampMs).toISOString()}"` +
    (position ? `,"position":"${formatPosition(position)}"` : '') +
    (pattern === undefined ? '' : `,"pattern":"${pattern}"`) +
    (pattern === undefined || !sequence
      ? '}'
      : `,"pattern_position":"${formatPosition(sequence)}"}`)
  )
}

/** Writes events as a JSON array. */
export function eventList(records: readonly EventRecord[], pattern?: string): string {
  return `[${records.map((record) => eventFields(record, pattern)).join(',')}]`
}

/** Makes the frame of an event, shared by all its receivers. */
export function eventFrame(record: EventRecord, pattern?: string): OutgoingFrame {
  const position = pattern === undefined ? record.position : record.sequence
  const place = position && placeAt(pattern ?? record.channel, position)
  return new OutgoingFrame('event', eventFields(record, pattern), place ?? undefined)
}

/** A gap in a log, as its receiver learns of it. */
export interface LogGap {
  /** The channel's name, or the pattern. */
  readonly subscription: string
  readonly after: Position | undefined
  /** The position of the first event after the gap, existing or future. */
  readonly next: Position
  readonly reason: GapReason
}

/** Makes the frame that says that a part of a log is no longer available. */
export function logGapFrame({ subscription, after, next, reason }: LogGap): OutgoingFrame {
  const fields = {
    channel: subscription,
    after: after ? formatPosition(after) : null,
    next: formatPosition(next),
    reason,
  }
  const resumeFrom = { epoch: next.epoch, offset: next.offset - 1 }
  return OutgoingFrame.of('gap', fields, placeAt(subscription, resumeFrom))
}

/** Makes the frame that says that events of a channel without a log were dropped. */
export function droppedFrame(channel: string, pattern: string | undefined): OutgoingFrame {
  return OutgoingFrame.of('gap', {
    channel,
    after: null,
    next: null,
    reason: 'too_slow',
    ...(pattern !== undefined && { pattern }),
  })
}

function placeAt(subscription: string, position: Position): FramePlace {
  return { subscription, position: formatPosition(position) }
}
