import { RealtimeError } from '@coterie/protocol'
import { Hono } from 'hono'
import type { ServerKeys } from '../auth/server-keys.ts'
import type { Tickets } from '../auth/tickets.ts'
import type { RealtimeHub } from '../hub.ts'
import { corsHeaders, preflightResponse } from '../transports/cors.ts'
import type { Identification } from '../transports/handshake.ts'
import { channelsRoutes } from './channels.ts'
import { errorResponse } from './error-response.ts'
import { framesRoutes } from './frames.ts'
import { healthRoutes } from './health.ts'
import { publishRoutes } from './publish.ts'
import { roomsRoutes } from './rooms.ts'
import { ticketsRoutes } from './tickets.ts'

/** What the REST routes need of the hub. */
export interface RestParts {
  readonly hub: RealtimeHub
  readonly serverKeys: ServerKeys
  readonly identification: Identification
  readonly tickets: Tickets
}

/** Answers HTTP requests to the hub's own paths. */
export function createRestApp(parts: RestParts): Hono {
  const { hub, serverKeys, identification, tickets } = parts
  const { prefix, clientLimits, allowedOrigins } = hub.config
  const app = new Hono()
  app.use(`${prefix}/*`, async (context, next) => {
    const headers = corsHeaders(context.req.header('origin'), allowedOrigins)
    if (context.req.method === 'OPTIONS') return preflightResponse(headers)
    await next()
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
  })
  app.route('/health', healthRoutes(hub))
  app.route(prefix, publishRoutes({ hub, serverKeys, maxBodyBytes: clientLimits.frame_bytes }))
  app.route(
    prefix,
    roomsRoutes({ rooms: hub.rooms, serverKeys, maxBodyBytes: clientLimits.frame_bytes }),
  )
  app.route(prefix, framesRoutes({ hub, maxFrameBytes: clientLimits.frame_bytes }))
  app.route(prefix, ticketsRoutes({ identification, tickets }))
  app.route(
    prefix,
    channelsRoutes({
      channels: hub.channelReader,
      presence: hub.presenceReader,
      state: hub.state,
      ephemeral: hub.ephemeral,
      serverKeys,
      authenticator: hub.authenticator,
      maxEvents: clientLimits.history_events,
    }),
  )
  app.notFound(() => errorResponse(new RealtimeError('not_found', 'no such path or method')))
  app.onError((error) => {
    if (error instanceof RealtimeError) return errorResponse(error)
    hub.logger.error({ error }, 'a request could not be handled')
    return errorResponse(new RealtimeError('internal', 'the server could not do this now'))
  })
  return app
}

/** Tells whether a path is one of the hub's own. */
export function isHubPath(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`) || path.startsWith('/health/')
}
