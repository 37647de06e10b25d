import { RealtimeError } from '@coterie/protocol'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ServerKeys } from '../auth/server-keys.ts'
import type { Tickets } from '../auth/tickets.ts'
import type { RealtimeHub } from '../hub.ts'
import type { Logger } from '../ports/logger.ts'
import { corsHeaders, preflightResponse } from '../transports/cors.ts'
import type { Identification } from '../transports/handshake.ts'
import { Callers } from './caller.ts'
import { serveChannels } from './channels.ts'
import { errorResponse } from './error-response.ts'
import { serveFrames } from './frames.ts'
import { serveHealth } from './health.ts'
import { servePublish } from './publish.ts'
import { type RestEnv, RestRouter } from './rest-router.ts'
import { serveRooms } from './rooms.ts'
import { serveTickets } from './tickets.ts'

/** What the REST routes need of the hub. */
export interface RestParts {
  readonly hub: RealtimeHub
  readonly serverKeys: ServerKeys
  readonly identification: Identification
  readonly tickets: Tickets
}

/** Answers HTTP requests to the hub's own paths. */
export function createRestApp(parts: RestParts): OpenAPIHono<RestEnv> {
  const { hub, tickets } = parts
  const { prefix, clientLimits, allowedOrigins } = hub.config
  const maxBytes = clientLimits.frame_bytes
  const callers = new Callers(parts)
  const root = new RestRouter(callers, maxBytes)
  serveHealth(root, hub)
  const api = new RestRouter(callers, maxBytes)
  servePublish(api, hub)
  serveRooms(api, hub.rooms)
  serveFrames(api, hub, maxBytes)
  serveTickets(api, callers, tickets)
  serveChannels(api, {
    channels: hub.channelReader,
    presence: hub.presenceReader,
    state: hub.state,
    ephemeral: hub.ephemeral,
    maxEvents: clientLimits.history_events,
  })

  const app = new OpenAPIHono<RestEnv>()
  app.use(async (context, next) => {
    const headers = corsHeaders(context.req.header('origin'), allowedOrigins)
    if (context.req.method === 'OPTIONS') return preflightResponse(headers)
    await next()
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
  })
  app.route('/', root.app)
  app.route(prefix, api.app)
  app.notFound(() => errorResponse(new RealtimeError('not_found', 'no such path or method')))
  app.onError((error, context) => answerError(error, context, hub.logger))
  return app
}

/** Tells whether a path is one of the hub's own. */
export function isHubPath(path: string, prefix: string): boolean {
  return (
    path === prefix ||
    path.startsWith(`${prefix}/`) ||
    path.startsWith('/health/') ||
    path === '/openapi.json' ||
    path === '/docs'
  )
}

function answerError(error: Error, context: Context, logger: Logger): Response {
  if (error instanceof RealtimeError) return errorResponse(error)
  if (error instanceof HTTPException && error.status < 500) {
    return errorResponse(new RealtimeError('invalid_payload', describeRefusal(error, context)))
  }
  logger.error({ error }, 'a request could not be handled')
  return errorResponse(new RealtimeError('internal', 'the server could not do this now'))
}

// What the router refuses by itself, it says in a text.
function describeRefusal({ status, message }: HTTPException, context: Context): string {
  if (status === 415) {
    const given = context.req.header('content-type') ?? 'none'
    return `Content-Type: expected application/json, got ${given}`
  }
  return status === 400 ? 'the body is not JSON' : message
}
