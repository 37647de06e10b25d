import { eventName, jsonValue, messageId, RealtimeError } from '@coterie/protocol'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type { ServerKeys } from '../auth/server-keys.ts'
import type { RealtimeHub } from '../hub.ts'
import { errorResponse } from './error-response.ts'
import { readBody } from './read-body.ts'
import { requireServerKey } from './require-server-key.ts'

const publishBody = z.strictObject({
  channel: z.string(),
  event: eventName,
  payload: jsonValue,
  message_id: messageId.optional(),
  volatile: z.boolean().optional(),
  exclude_connection: z.string().optional(),
})

/** What publishing by REST needs of the hub. */
export interface PublishRoutesParts {
  readonly hub: Pick<RealtimeHub, 'publish'>
  readonly serverKeys: ServerKeys
  readonly maxBodyBytes: number
}

/** Lets an application publish with its server key. */
export function publishRoutes({ hub, serverKeys, maxBodyBytes }: PublishRoutesParts): Hono {
  const app = new Hono()
  const tooLarge = new RealtimeError('too_large', `a body has at most ${maxBodyBytes} bytes`)
  app.post(
    '/publish',
    requireServerKey(serverKeys),
    bodyLimit({ maxSize: maxBodyBytes, onError: () => errorResponse(tooLarge) }),
    async (context) => {
      const body = await readBody(context, publishBody)
      if (body instanceof Response) return body
      const published = await hub.publish(body.channel, body.event, body.payload, {
        messageId: body.message_id,
        volatile: body.volatile,
        excludeConnection: body.exclude_connection,
      })
      if (!published.ok) return errorResponse(published.error)
      const { position, duplicate, id, receivers, channels } = published.value
      return context.json(
        channels === undefined
          ? { position: position ?? null, duplicate, id, receivers }
          : { channels, receivers },
      )
    },
  )
  return app
}
