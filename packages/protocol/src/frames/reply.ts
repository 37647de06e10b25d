import { z } from 'zod'
import type { ClientFrameType } from './client-frame.ts'
import { authReply } from './connection.ts'
import { jsonValue } from './frame.ts'
import { historyReply } from './history.ts'
import { publishReply } from './publish.ts'
import { snapshotCommitReply, snapshotHeadReply, snapshotPartReply } from './snapshot.ts'
import { stateReply } from './state.ts'
import { subscribeReply, unsubscribeReply } from './subscribe.ts'

/** Says that it was done, and nothing else. */
const emptyReply = z.object({})

/** The schema of the reply's payload, by the type of the client frame that it answers. */
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

/** The payload of the reply to client frames of one type; a `ping` gets none. */
export type ReplyOf<Type extends ClientFrameType> = Type extends keyof typeof REPLIES
  ? z.infer<(typeof REPLIES)[Type]>
  : unknown
