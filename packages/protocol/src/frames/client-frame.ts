import type { z } from 'zod'
import { history, publish, subscribe, unsubscribe } from './channel.ts'
import { auth, ping } from './connection.ts'
import { read, typing } from './ephemeral.ts'
import { message } from './message.ts'
import { ack } from './notification.ts'
import { presence } from './presence.ts'
import { snapshotCommit, snapshotRead, snapshotWrite } from './snapshot.ts'
import { state } from './state.ts'

/** The schema of every frame that a client may send, by its type. */
export const CLIENT_FRAMES = {
  auth,
  subscribe,
  unsubscribe,
  publish,
  history,
  presence,
  state,
  snapshot_read: snapshotRead,
  snapshot_write: snapshotWrite,
  snapshot_commit: snapshotCommit,
  typing,
  read,
  message,
  ack,
  ping,
}

/** The type of a client frame. */
export type ClientFrameType = keyof typeof CLIENT_FRAMES

/** Any frame that a client sends, as the server reads it. */
export type ClientFrame = z.infer<(typeof CLIENT_FRAMES)[ClientFrameType]>

/** A client frame as it is written, before defaults are filled in. */
export type ClientFrameInput = z.input<(typeof CLIENT_FRAMES)[ClientFrameType]>
