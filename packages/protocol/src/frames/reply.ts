import { z } from 'zod'
import type { ClientFrameType } from './client-frame.ts'
import { authReply } from './connection.ts'
import { jsonValue } from './frame.ts'
import { historyReply } from './history.ts'
import { publishReply } from './publish.ts'
import { snapshotCommitReply, snapshotHeadReply, snapshotPartReply } from './snapshot.ts'
import { stateReply } from './state.ts'
import { subscribeReply, unsubscribeReply } from './subscribe.ts'

/** Confirms a frame, without further fields. */
const emptyReply = z.object({})

/** The schema of a reply's payload, by the type of the answered client frame. */
export const REPLIES = {
  auth: authReply,
  subscribe: subscribeReply,
  unsubscribe: unsubscribeReply,
  publish: publishReply,
  history: historyReply,
  presence: emptyReply,
  state: stateReply,
  snapshot_read: z.union([snapshotHeadReply, snapshotPartReply]),
  snapshot_write: emptyReply,
  snapshot_commit: snapshotCommitReply,
  typing: emptyReply,
  read: emptyReply,
  /** What the application returned. */
  message: jsonValue,
  ack: emptyReply,
} satisfies Record<Exclude<ClientFrameType, 'ping'>, z.ZodType>

/** The payload of the reply to a type of client frame; a `ping` has none. */
export type ReplyOf<Type extends ClientFrameType> = Type extends keyof typeof REPLIES
  ? z.infer<(typeof REPLIES)[Type]>
  : unknown
