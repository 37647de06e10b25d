import {
  formatPosition,
  ok,
  parsePosition,
  type Result,
  type SubscribeRequest,
} from '@coterie/protocol'
import type { Connection } from './connection.ts'
import { logGapFrame } from './event-frame.ts'
import { requireUser } from './frame-sender.ts'
import type { Joiner } from './joiner.ts'

/** The position where events start after a join. */
export interface StreamStart {
  /** Null on a channel without history. */
  readonly startsAt: string | null
}

/**
 * Joins a channel for a transport without replies: missed events follow as
 * events, page by page as the client reads; unavailable ones as a gap.
 *
 * @param others positions beside `since`; one of them may belong to the channel
 */
export async function joinStream(
  joiner: Joiner,
  connection: Connection,
  frame: SubscribeRequest,
  others: readonly string[] = [],
): Promise<Result<StreamStart>> {
  const user = requireUser(connection)
  if (!user.ok) return user
  const joined = await joiner.join(user.value, frame, { others, isStream: true })
  if (!joined.ok) return joined
  const { membership, past, goLive } = joined.value
  const { top, from, reason } = past
  const { outbox } = connection
  if (reason && top) {
    const subscription = membership.channel
    const after = frame.since === undefined ? undefined : parsePosition(frame.since)
    const next = { epoch: top.epoch, offset: top.offset + 1 }
    outbox.send(logGapFrame({ subscription, after, next, reason }))
  }
  goLive()
  return ok({ startsAt: from && formatPosition(from) })
}
