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

/** Bytes of a frame before authentication: the longest token and its envelope. */
const MAX_STRANGER_FRAME_BYTES = 17_408
/** An `auth` frame has no nested objects. */
const MAX_STRANGER_DEPTH = 2
const STRANGER_FRAMES: ReadonlySet<string | undefined> = new Set(['auth', 'ping'])

/**
 * Parses a frame. A connection without a user may only send `auth` and `ping`,
 * and only with few bytes and little nesting.
 *
 * @param bytes the length of the text as UTF-8
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
