import { ok } from '@coterie/protocol'
import type { MiddlewareHandler } from 'hono'
import { chargeAnswer } from '../core/limits/answer-charge.ts'
import type { Limits } from '../core/limits/limits.ts'
import { errorResponse } from '../http/error-response.ts'
import type { RestEnv } from './rest-env.ts'

/**
 * Charges users for the bytes of answers; the application is not charged.
 *
 * @param atMostBytes the usual maximum of an answer; bytes beyond it are charged afterwards
 */
export function chargeAnswers(
  { answers }: Pick<Limits, 'answers'>,
  atMostBytes: number,
): MiddlewareHandler<RestEnv> {
  return async (context, next) => {
    const { principal } = context.get('caller')
    if (!principal) return next()
    const payer = { principal, address: context.env.clientAddress }
    const answered = await chargeAnswer({ answers, payer, atMostBytes }, async () => {
      await next()
      const { body } = context.res
      if (!body) return ok({ value: undefined, bytes: 0 })
      const text = await context.res.text()
      context.res = new Response(text, context.res)
      return ok({ value: undefined, bytes: Buffer.byteLength(text) })
    })
    return answered.ok ? undefined : errorResponse(answered.error)
  }
}
