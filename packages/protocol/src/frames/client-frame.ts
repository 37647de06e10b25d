import type { z } from 'zod'
import { authRequest, pingRequest } from './connection.ts'
import { readRequest, typingRequest } from './ephemeral.ts'
import { historyRequest } from './history.ts'
import { messageRequest } from './message.ts'
import { ackRequest } from './notification.ts'
import { presenceRequest } from './presence.ts'
import { publishRequest } from './publish.ts'
import { snapshotCommitRequest, snapshotReadRequest, snapshotWriteRequest } from './snapshot.ts'
import { stateRequest } from './state.ts'
import { subscribeRequest, unsubscribeRequest } from './subscribe.ts'

/** The schema of every frame that a client may send, by its type. */
export const CLIENT_FRAMES = {
  auth: authRequest,
  subscribe: subscribeRequest,
  unsubscribe: unsubscribeRequest,
  publish: publishRequest,
  history: historyRequest,
  presence: presenceRequest,
  state: stateRequest,
  snapshot_read: snapshotReadRequest,
  snapshot_write: snapshotWriteRequest,
  snapshot_commit: snapshotCommitRequest,
  typing: typingRequest,
  read: readRequest,
  message: messageRequest,
  ack: ackRequest,
  ping: pingRequest,
}

/** The type of a client frame. */
export type ClientFrameType = keyof typeof CLIENT_FRAMES

/** Any frame that a client sends, as the server reads it. */
export type ClientFrame = z.infer<(typeof CLIENT_FRAMES)[ClientFrameType]>

/** A client frame as it is written, before defaults are filled in. */
export type ClientFrameInput = z.input<(typeof CLIENT_FRAMES)[ClientFrameType]>
