import { RealtimeError } from '@coterie/protocol'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ServerKeys } from '../auth/server-keys.ts'
import type { Tickets } from '../auth/tickets.ts'
import { countBy, type TrafficFigures } from '../core/traffic-figures.ts'
import { challengeHeaders } from '../http/challenge.ts'
import { corsHeaders, preflightResponse } from '../http/cors.ts'
import { errorCodeOf, errorResponse, NO_SNIFFING } from '../http/error-response.ts'
import type { Identification } from '../http/handshake.ts'
import type { RealtimeHub } from '../hub.ts'
import type { Logger } from '../ports/logger.ts'
import { Callers } from './caller.ts'
import { serveChannels } from './channels.ts'
import { serveConnections, serveMessages } from './connections.ts'
import { openEventStream, openWebSocket } from './contracts/streams.ts'
import { serveDeadLetters } from './dead-letters.ts'
import { serveEvents } from './events.ts'
import { serveFrames } from './frames.ts'
import { serveHealth } from './health.ts'
import { limitRequests } from './limit-requests.ts'
import { limitUnread } from './limit-unread.ts'
import { serveMetrics } from './metrics/metrics.ts'
import { serveNotificationDeliveries } from './notification-deliveries.ts'
import { serveNotificationPreferences } from './notification-preferences.ts'
import { serveNotifications } from './notifications.ts'
import { serveOpenApi } from './openapi.ts'
import { describeApi } from './openapi-document.ts'
import { servePublish } from './publish.ts'
import { serveResourceEvents } from './resource-events.ts'
import type { RestEnv } from './rest-env.ts'
import { RestRouter } from './rest-router.ts'
import { serveRevocations } from './revocations.ts'
import { serveRooms } from './rooms.ts'
import { serveSubscribing } from './subscribing.ts'
import { serveSubscriptions } from './subscriptions.ts'
import { serveTickets } from './tickets.ts'
import { isWholeAddress, unreadableAddress } from './whole-body.ts'

const NO_SUCH_PATH = 'no such path or method'
const NO_UPGRADE =
  'open this path as a WebSocket (ws:// or wss://); a proxy in between must pass the Upgrade and Connection headers on'

/** Pages at the root of a hub's own server, beside the server's state. */
const ROOT_PAGES: ReadonlySet<string> = new Set(['/docs', '/metrics', '/openapi.json'])

/** The parts of the hub that the REST routes need. */
export interface RestParts {
  readonly hub: RealtimeHub
  readonly serverKeys: ServerKeys
  readonly identification: Identification
  readonly tickets: Tickets
}

/**
 * Handles HTTP requests to the hub's own paths.
 *
 * @param hasRootPaths true serves documentation and health at the root, not below the prefix
 */
export function createRestApp(parts: RestParts, hasRootPaths: boolean): OpenAPIHono<RestEnv> {
  const { hub } = parts
  const { prefix, clientLimits, allowedOrigins } = hub.config
  const operationsPath = hasRootPaths ? '' : prefix
  const app = new OpenAPIHono<RestEnv>()
  const callers = new Callers(parts)
  const operations = new RestRouter(callers, clientLimits.frame_bytes)
  serveHealth(operations, hub)
  serveMetrics(operations, hub)
  serveOpenApi(operations, () => describeApi(app))
  const api = new RestRouter(callers, clientLimits.frame_bytes)
  serveResources(api, callers, parts)
  app.use(async (context, next) => {
    const header = (name: string): string | undefined => context.req.header(name)
    const cors = corsHeaders(header('origin'), allowedOrigins)
    const headers = { ...cors, ...NO_SNIFFING }
    if (context.req.method === 'OPTIONS') {
      return preflightResponse(headers, header('access-control-request-headers'))
    }
    await next()
    countAnswer(hub.traffic, context.res)
    const credentials = { authorization: header('authorization'), cookie: header('cookie') }
    const isAsked = context.res.headers.has('www-authenticate')
    const challenge = isAsked ? {} : challengeHeaders(context.res.status, credentials)
    const added = { ...headers, ...challenge }
    for (const [name, value] of Object.entries(added)) context.header(name, value)
  })
  app.use(limitRequests(hub.limits, callers, `${operationsPath}/health/`))
  app.use(async ({ req }, next) => {
    if (!isWholeAddress(req.url)) throw unreadableAddress(req.url)
    await next()
  })
  app.use(limitUnread(hub.limits.unreadAnswers, callers, hub.config.sendTimeoutMs))
  app.route(operationsPath || '/', operations.app)
  app.use(async (_context, next) => {
    if (hub.isClosed) throw new RealtimeError('unavailable', 'the hub is closed')
    await next()
  })
  app.route(prefix, api.app)
  app.notFound(({ req }) => {
    const isSocketPath = req.path === `${prefix}/ws`
    return errorResponse(new RealtimeError('not_found', isSocketPath ? NO_UPGRADE : NO_SUCH_PATH))
  })
  app.onError((error, context) => answerError(error, context, hub.logger))
  return app
}

function serveResources(api: RestRouter, callers: Callers, parts: RestParts): void {
  const { hub, tickets } = parts
  const { frame_bytes: frameBytes, history_events: maxEvents } = hub.config.clientLimits
  servePublish(api, hub)
  serveRooms(api, hub.rooms)
  serveFrames(api, hub, frameBytes)
  serveTickets(api, callers, tickets)
  serveRevocations(api, hub.revocations)
  serveChannels(api, {
    channels: hub.channelReader,
    presence: hub.presenceReader,
    state: hub.state,
    ephemeral: hub.ephemeral,
    maxEvents,
  })
  serveNotifications(api, hub.notifications)
  serveNotificationPreferences(api, hub.notifications)
  serveNotificationDeliveries(api, hub.notifications)
  serveSubscriptions(api, hub.subscriptions)
  serveSubscribing(api, hub.subscriptions)
  serveResourceEvents(api, hub.subscriptions)
  serveConnections(api, hub.connections)
  serveMessages(api, hub.webSockets)
  serveEvents(api, hub.sse)
  serveDeadLetters(api, hub.deadLetters)
  // Served by their transports.
  api.describe(openEventStream)
  api.describe(openWebSocket)
}

/** Tells whether a path belongs to the hub. */
export function isHubPath(path: string, prefix: string, hasRootPaths: boolean): boolean {
  if (path === prefix || path.startsWith(`${prefix}/`)) return true
  return hasRootPaths && (path.startsWith('/health/') || ROOT_PAGES.has(path))
}

/** Answers a request with an unreadable URL. */
export function refuseUnreadable(): Response {
  const hint = 'the request has no address: send a path and a Host'
  return errorResponse(new RealtimeError('invalid_payload', hint))
}

function countAnswer(traffic: TrafficFigures, response: Response): void {
  countBy(traffic.requests, String(response.status))
  const code = errorCodeOf(response)
  if (code) traffic.errors[code] += 1
}

function answerError(error: Error, context: Context, logger: Logger): Response {
  if (error instanceof RealtimeError) return errorResponse(error)
  if (error instanceof HTTPException && error.res) return error.res
  if (error instanceof HTTPException && error.status < 500) {
    return errorResponse(new RealtimeError('invalid_payload', describeRefusal(error, context)))
  }
  logger.error({ error }, 'a request could not be handled')
  return errorResponse(new RealtimeError('internal', 'the server could not do this now'))
}

// The router's own refusals are plain text.
function describeRefusal({ status, message }: HTTPException, context: Context): string {
  if (status === 415) {
    const given = context.req.header('content-type') ?? 'none'
    return `Content-Type: expected application/json, got ${given}`
  }
  return status === 400 ? 'the body is not JSON' : message
}
