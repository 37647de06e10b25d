import {
  formatPosition,
  ok,
  parsePosition,
  type Result,
  type SubscribeFrame,
} from '@coterie/protocol'
import type { Connection } from './connection.ts'
import { eventFrame, logGapFrame } from './event-frame.ts'
import type { Joiner } from './joiner.ts'

/** Where the events of a channel begin that follow a join. */
export interface StreamStart {
  /** Null on a channel without history. */
  readonly startsAt: string | null
}

/**
 * Joins a channel for a transport that has no replies: what was missed follows
 * as events, and what cannot be had as a gap.
 */
export async function joinStream(
  joiner: Joiner,
  connection: Connection,
  frame: SubscribeFrame,
): Promise<Result<StreamStart>> {
  const joined = await joiner.join(connection, frame)
  if (!joined.ok) return joined
  const { membership, past, goLive } = joined.value
  const { top, from, reason, events } = past
  const { outbox } = connection
  if (reason && top) {
    const subscription = membership.channel
    const after = frame.since === undefined ? undefined : parsePosition(frame.since)
    const next = { epoch: top.epoch, offset: top.offset + 1 }
    outbox.send(logGapFrame({ subscription, after, next, reason }))
  }
  const pattern = membership.isPattern ? membership.channel : undefined
  for (const record of events) outbox.send(eventFrame(record, pattern))
  goLive()
  return ok({ startsAt: from && formatPosition(from) })
}
