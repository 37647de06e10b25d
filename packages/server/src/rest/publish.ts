import { errorResponse } from '../http/error-response.ts'
import type { RealtimeHub } from '../hub.ts'
import { publishEvent } from './contracts/publish.ts'
import { UNPROCESSABLE_CONTENT } from './invalid-request.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets an application publish with its server key. */
export function servePublish(router: RestRouter, hub: Pick<RealtimeHub, 'publishJsonText'>): void {
  router.serve(
    publishEvent,
    async (context) => {
      const body = context.req.valid('json')
      const payload = context.get('exactText') ?? JSON.stringify(body.payload)
      const published = await hub.publishJsonText(body.channel, body.event, payload, {
        messageId: body.message_id ?? context.req.valid('header')['Idempotency-Key'],
        volatile: body.volatile,
        excludeConnection: body.exclude_connection,
        exclude: body.exclude,
      })
      // A channel's declared schema is part of the contract of the body.
      if (!published.ok && published.error.code === 'invalid_payload') {
        return errorResponse(published.error, UNPROCESSABLE_CONTENT) as never
      }
      const { position = null, duplicate = false, id = '', receivers, channels } = unwrap(published)
      return channels === undefined
        ? context.json({ position, duplicate, id, receivers }, 200)
        : context.json({ channels, receivers }, 200)
    },
    { exactMember: 'payload' },
  )
}
