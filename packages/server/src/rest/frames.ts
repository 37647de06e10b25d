import { type ErrorCode, RealtimeError, splitJsonArray } from '@coterie/protocol'
import type { RealtimeHub } from '../hub.ts'
import { sendFrames } from './contracts/access.ts'
import { jsonText } from './json-text.ts'
import type { RestRouter } from './rest-router.ts'
import { readBodyText } from './whole-body.ts'

/** Frames in one request at most. */
const MAX_FRAMES = 100
/** A body may have the size of this many frames of maximum length. */
const LONGEST_FRAMES_IN_BODY = 16

/** Receives client frames of streams, which only send downwards. */
export function serveFrames(
  router: RestRouter,
  hub: Pick<RealtimeHub, 'receive' | 'countRefusedBytes'>,
  maxFrameBytes: number,
): void {
  const maxBodyBytes = maxFrameBytes * LONGEST_FRAMES_IN_BODY
  router.serve(
    sendFrames,
    async (context) => {
      const session = context.get('session')
      const text = await readBodyText(context.req)
      const refuse = (code: ErrorCode, message: string): never => {
        hub.countRefusedBytes(session, Buffer.byteLength(text))
        throw new RealtimeError(code, message)
      }
      const frames =
        splitJsonArray(text, MAX_FRAMES) ??
        refuse('invalid_payload', `the body must be a JSON array of at most ${MAX_FRAMES} frames`)
      if (frames.some((frame) => Buffer.byteLength(frame) > maxFrameBytes)) {
        refuse('too_large', `a frame has at most ${maxFrameBytes} bytes`)
      }
      // The stream may have ended while the body arrived.
      const answers = await hub.receive(session, frames)
      if (answers === undefined) throw new RealtimeError('not_found', 'no stream has this session')
      return jsonText(context, answers)
    },
    { maxBodyBytes, takesFrames: true },
  )
}
