import { formatPosition, ok, RealtimeError, type Result, refuse } from '@coterie/protocol'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { ServerKeys } from '../auth/server-keys.ts'
import type { ChannelReader, Reader } from '../core/channel-reader.ts'
import type { EphemeralEvents } from '../features/ephemeral/ephemeral-events.ts'
import type { PresenceReader } from '../features/presence/presence-reader.ts'
import type { ServerState } from '../features/state/server-state.ts'
import type { Authenticator } from '../ports/authenticator.ts'
import { bearerOf } from './bearer.ts'
import { errorResponse } from './error-response.ts'

const MAX_PAGE_USERS = 1_000

const presenceQuery = z.object({
  after: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_USERS).default(100),
})
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** What reading channels by REST needs of the hub. */
export interface ChannelsRoutesParts {
  readonly channels: ChannelReader
  readonly presence: PresenceReader
  readonly state: ServerState
  readonly ephemeral: EphemeralEvents
  readonly serverKeys: ServerKeys
  readonly authenticator: Authenticator
  /** Events that one page may ask for. */
  readonly maxEvents: number
}

/** Tells what channels there are and what their logs hold, to the server and to who may subscribe. */
export function channelsRoutes(parts: ChannelsRoutesParts): Hono {
  const { channels, presence, state, ephemeral, maxEvents } = parts
  const query = z.object({
    since: z.string().max(128).optional(),
    limit: z.coerce.number().int().min(1).max(maxEvents).default(100),
    reverse: flag.default(false),
  })
  const app = new Hono()

  app.get('/channels', async (context) => {
    const reader = await readerOf(context, parts)
    if (!reader.ok) return errorResponse(reader.error)
    return context.json({ channels: channels.list(reader.value) })
  })

  app.get('/channels/:name', async (context) => {
    const reader = await readerOf(context, parts)
    if (!reader.ok) return errorResponse(reader.error)
    const described = await channels.describe(context.req.param('name'), reader.value)
    if (!described.ok) return errorResponse(described.error)
    const { history, ...rest } = described.value
    const kept = history && { size: history.size, ttl_ms: history.ttlMs }
    return context.json({ ...rest, history: kept })
  })

  app.get('/channels/:name/history', async (context) => {
    const reader = await readerOf(context, parts)
    if (!reader.ok) return errorResponse(reader.error)
    const request = query.safeParse(context.req.query())
    if (!request.success) return refuseQuery(request.error)
    const page = await channels.history(context.req.param('name'), request.data, reader.value)
    if (!page.ok) return errorResponse(page.error)
    return context.body(page.value, 200, { 'Content-Type': 'application/json' })
  })

  app.get('/channels/:name/presence', async (context) => {
    const reader = await readerOf(context, parts)
    if (!reader.ok) return errorResponse(reader.error)
    const request = presenceQuery.safeParse(context.req.query())
    if (!request.success) return refuseQuery(request.error)
    const page = await presence.read(context.req.param('name'), request.data, reader.value)
    return page.ok ? context.json(page.value) : errorResponse(page.error)
  })

  app.get('/channels/:name/state', async (context) => {
    const reader = await readerOf(context, parts)
    if (!reader.ok) return errorResponse(reader.error)
    const snapshot = await state.readText(context.req.param('name'), reader.value)
    if (!snapshot.ok) return errorResponse(snapshot.error)
    return context.body(snapshot.value, 200, { 'Content-Type': 'application/json' })
  })

  app.get('/channels/:name/reads', async (context) => {
    const reader = await readerOf(context, parts)
    if (!reader.ok) return errorResponse(reader.error)
    const marks = await ephemeral.readMarksFor(context.req.param('name'), reader.value)
    if (!marks.ok) return errorResponse(marks.error)
    const reads = [...marks.value].map(([userId, { eventId, position, readAtMs }]) => ({
      user_id: userId,
      event_id: eventId,
      position: formatPosition(position),
      read_at: new Date(readAtMs).toISOString(),
    }))
    return context.json({ reads })
  })
  return app
}

function refuseQuery({ issues: [issue] }: z.ZodError): Response {
  const message = `${issue?.path.join('.')}: ${issue?.message}`
  return errorResponse(new RealtimeError('invalid_payload', message))
}

async function readerOf(
  context: Context,
  { serverKeys, authenticator }: ChannelsRoutesParts,
): Promise<Result<Reader | undefined>> {
  context.header('Cache-Control', 'no-store')
  const bearer = bearerOf(context)
  if (bearer === undefined) {
    return refuse('unauthorized', 'send "Authorization: Bearer <server key or user token>"')
  }
  if (serverKeys.accepts(bearer)) return ok(undefined)
  const authenticated = await authenticator.authenticate(bearer)
  return authenticated.ok ? ok({ principal: authenticated.value, isMember: false }) : authenticated
}
