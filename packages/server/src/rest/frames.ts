import { RealtimeError, splitJsonArray } from '@coterie/protocol'
import type { RealtimeHub } from '../hub.ts'
import { sessionOf } from './caller.ts'
import { sendFrames } from './contracts/access.ts'
import { jsonText } from './json-text.ts'
import type { RestRouter } from './rest-router.ts'

/** Frames that one request carries at most. */
const MAX_FRAMES = 100
/** Bodies may be as long as so many of the longest frames. */
const LONGEST_FRAMES_IN_BODY = 16

/** Serves the upward half of connections that only stream downwards. */
export function serveFrames(
  router: RestRouter,
  hub: Pick<RealtimeHub, 'receive'>,
  maxFrameBytes: number,
): void {
  const maxBodyBytes = maxFrameBytes * LONGEST_FRAMES_IN_BODY
  router.serve(
    sendFrames,
    async (context) => {
      const session = sessionOf(context)
      if (session === undefined) {
        const hint = 'send "Authorization: Session <session>" from the connection event'
        throw new RealtimeError('unauthorized', hint)
      }
      const frames = splitJsonArray(await context.req.text())
      if (!frames || frames.length > MAX_FRAMES) {
        const message = `the body is to be a JSON array of at most ${MAX_FRAMES} frames`
        throw new RealtimeError('invalid_payload', message)
      }
      if (frames.some((frame) => Buffer.byteLength(frame) > maxFrameBytes)) {
        throw new RealtimeError('too_large', `a frame has at most ${maxFrameBytes} bytes`)
      }
      const answers = await hub.receive(session, frames)
      if (answers === undefined) throw new RealtimeError('not_found', 'no stream has this session')
      return jsonText(context, answers)
    },
    { maxBodyBytes },
  )
}
