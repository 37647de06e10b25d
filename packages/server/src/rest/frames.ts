import { RealtimeError, splitJsonArray } from '@coterie/protocol'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { RealtimeHub } from '../hub.ts'
import { errorResponse } from './error-response.ts'

/** Frames that one request carries at most. */
const MAX_FRAMES = 100
/** Bodies may be as long as so many of the longest frames. */
const LONGEST_FRAMES_IN_BODY = 16

/** What carrying frames upwards needs of the hub. */
export interface FramesRoutesParts {
  readonly hub: Pick<RealtimeHub, 'receive'>
  readonly maxFrameBytes: number
}

/** The upward half of connections that only stream downwards. */
export function framesRoutes({ hub, maxFrameBytes }: FramesRoutesParts): Hono {
  const app = new Hono()
  const maxSize = maxFrameBytes * LONGEST_FRAMES_IN_BODY
  const tooLarge = new RealtimeError('too_large', `a body has at most ${maxSize} bytes`)
  app.post(
    '/frames',
    bodyLimit({ maxSize, onError: () => errorResponse(tooLarge) }),
    async (context) => {
      const session = /^Session +(\S+)$/i.exec(context.req.header('Authorization') ?? '')?.[1]
      if (session === undefined) {
        const hint = 'send "Authorization: Session <session>" from the connection event'
        return errorResponse(new RealtimeError('unauthorized', hint))
      }
      const frames = splitJsonArray(await context.req.text())
      if (!frames || frames.length > MAX_FRAMES) {
        const message = `the body is to be a JSON array of at most ${MAX_FRAMES} frames`
        return errorResponse(new RealtimeError('invalid_payload', message))
      }
      const long = frames.find((frame) => Buffer.byteLength(frame) > maxFrameBytes)
      if (long !== undefined) {
        const message = `a frame has at most ${maxFrameBytes} bytes`
        return errorResponse(new RealtimeError('too_large', message))
      }
      const answers = await hub.receive(session, frames)
      if (answers === undefined) {
        return errorResponse(new RealtimeError('not_found', 'no stream has this session'))
      }
      return context.body(answers, 200, {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
      })
    },
  )
  return app
}
