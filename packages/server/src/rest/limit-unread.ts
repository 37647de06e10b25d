import type { ServerResponse } from 'node:http'
import type { MiddlewareHandler } from 'hono'
import { MAX_PAGE_CHARACTERS } from '../core/channel-reader.ts'
import type { Taker, UnreadAnswers } from '../core/limits/unread-answers.ts'
import { errorResponse } from '../http/error-response.ts'
import type { Callers } from './caller.ts'
import type { RestEnv } from './rest-env.ts'

/**
 * Serves an address only as fast as it reads; the application has no limit.
 *
 * @param timeoutMs how long an answer may remain completely unread
 */
export function limitUnread(
  unread: UnreadAnswers,
  callers: Callers,
  timeoutMs: number,
): MiddlewareHandler<RestEnv> {
  return async (context, next) => {
    const { clientAddress, response } = context.env
    if (!response || clientAddress === '' || callers.isApplication(context)) return next()
    const bytes = context.req.path.endsWith('/history') ? MAX_PAGE_CHARACTERS : 0
    const taker = new ResponseTaker(response)
    response.once('close', () => unread.remove(taker))
    const admitted = await unread.admit(clientAddress, taker, bytes)
    if (!admitted.ok) return errorResponse(admitted.error)
    // Everything is written by now; the socket closes if nothing more of it is read.
    response.once('prefinish', () => {
      admitted.value()
      response.setTimeout(timeoutMs)
    })
    return next()
  }
}

/** A response as a receiver of answers. */
class ResponseTaker implements Taker {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  get untakenBytes(): number {
    return this.#response.writableLength
  }

  taken(): Promise<void> {
    if (this.#response.closed) return Promise.resolve()
    return new Promise((resolve) => this.#response.once('close', resolve))
  }
}
