import { eventName, jsonValue, messageId, RealtimeError } from '@coterie/protocol'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type { ServerKeys } from '../auth/server-keys.ts'
import type { RealtimeHub } from '../hub.ts'
import { bearerOf } from './bearer.ts'
import { errorResponse } from './error-response.ts'

/** JSON that is well-formed and still not what is asked for (RFC 9110 section 15.5.21). */
const UNPROCESSABLE_CONTENT = 422

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
      const body = await readBody(context)
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

function requireServerKey(serverKeys: ServerKeys): MiddlewareHandler {
  return async (context, next) => {
    const key = bearerOf(context)
    if (key !== undefined && serverKeys.accepts(key)) return next()
    const reason = key === undefined ? 'a server key is required' : 'this is no server key'
    return errorResponse(
      new RealtimeError('unauthorized', `${reason}: send "Authorization: Bearer <key>"`),
    )
  }
}

async function readBody(context: Context): Promise<Response | z.output<typeof publishBody>> {
  let value: unknown
  try {
    value = JSON.parse(await context.req.text())
  } catch {
    return errorResponse(new RealtimeError('invalid_payload', 'the body is not JSON'))
  }
  const parsed = publishBody.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') || 'body'
  const message = `${field}: ${issue?.message}`
  return errorResponse(
    new RealtimeError('invalid_payload', message, { field }),
    UNPROCESSABLE_CONTENT,
  )
}
