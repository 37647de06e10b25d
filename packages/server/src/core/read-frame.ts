import {
  type DecodedFrame,
  type DecodeFailure,
  decodeClientFrame,
  err,
  peekFrame,
  type Result,
} from '@coterie/protocol'
import type { Connection } from './connection.ts'
import { refuseUnknown } from './frame-sender.ts'

/** Bytes of a frame before authentication: the longest token, and what is around it. */
const MAX_STRANGER_FRAME_BYTES = 17_408
/** An `auth` frame is flat. */
const MAX_STRANGER_DEPTH = 2
const STRANGER_FRAMES: ReadonlySet<string | undefined> = new Set(['auth', 'ping'])

/**
 * Reads a frame. Of a connection without a user nothing is read that cannot be
 * `auth` or `ping`.
 *
 * @param bytes how long the text is as UTF-8
 */
export function readFrame(
  connection: Connection,
  text: string,
  bytes: number,
  maxDepth: number,
): Result<DecodedFrame, DecodeFailure> {
  if (connection.principal) return decodeClientFrame(text, maxDepth)
  const { type, id } = peekFrame(text)
  if (bytes > MAX_STRANGER_FRAME_BYTES || (type !== undefined && !STRANGER_FRAMES.has(type))) {
    return err({ kind: 'refused', id, error: refuseUnknown(connection).error })
  }
  return decodeClientFrame(text, Math.min(maxDepth, MAX_STRANGER_DEPTH))
}
