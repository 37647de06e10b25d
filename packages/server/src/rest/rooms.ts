import { RealtimeError } from '@coterie/protocol'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type { ServerKeys } from '../auth/server-keys.ts'
import type { Room, RoomBan } from '../features/rooms/room.ts'
import type { RoomAdministration } from '../features/rooms/room-administration.ts'
import { errorResponse } from './error-response.ts'
import { readBody } from './read-body.ts'
import { requireServerKey } from './require-server-key.ts'

const CREATED = 201
const NO_CONTENT = 204

const settings = {
  password: z.string().nullish(),
  max_users: z.int().positive().nullish(),
  persist: z.boolean().optional(),
  metadata: z.custom<Room['metadata']>(isObjectOrNull, 'expected an object').optional(),
}
const createBody = z.strictObject({ id: z.string(), ...settings })
const updateBody = z.strictObject(settings)
const kickBody = z.strictObject({ user_id: z.string().min(1), reason: z.string().optional() })
const banBody = z.strictObject({
  reason: z.string().optional(),
  duration_ms: z.int().positive().optional(),
})

/** What administering rooms by REST needs of the hub. */
export interface RoomsRoutesParts {
  readonly rooms: RoomAdministration
  readonly serverKeys: ServerKeys
  readonly maxBodyBytes: number
}

/** Lets an application make, change and remove rooms, with its server key. */
export function roomsRoutes({ rooms, serverKeys, maxBodyBytes }: RoomsRoutesParts): Hono {
  const app = new Hono()
  const tooLarge = new RealtimeError('too_large', `a body has at most ${maxBodyBytes} bytes`)
  app.use('/rooms', requireServerKey(serverKeys))
  app.use('/rooms/*', requireServerKey(serverKeys))
  app.use('/rooms/*', bodyLimit({ maxSize: maxBodyBytes, onError: () => errorResponse(tooLarge) }))

  app.get('/rooms', async (context) =>
    context.json({ rooms: (await rooms.list()).map(describeRoom) }),
  )

  app.post('/rooms', async (context) => {
    const body = await readBody(context, createBody)
    if (body instanceof Response) return body
    const created = await rooms.create(body.id, readSettings(body))
    if (!created.ok) return errorResponse(created.error)
    return context.json(describeRoom(created.value), CREATED)
  })

  app.get('/rooms/:id', async (context) => {
    const found = await rooms.find(context.req.param('id'))
    return found.ok ? context.json(describeRoom(found.value)) : errorResponse(found.error)
  })

  app.patch('/rooms/:id', async (context) => {
    const body = await readBody(context, updateBody)
    if (body instanceof Response) return body
    const updated = await rooms.update(context.req.param('id'), readSettings(body))
    return updated.ok ? context.json(describeRoom(updated.value)) : errorResponse(updated.error)
  })

  app.delete('/rooms/:id', async (context) => {
    const removed = await rooms.remove(context.req.param('id'))
    return removed.ok ? context.body(null, NO_CONTENT) : errorResponse(removed.error)
  })

  app.post('/rooms/:id/kick', async (context) => {
    const body = await readBody(context, kickBody)
    if (body instanceof Response) return body
    const { user_id: userId, reason } = body
    const kicked = await rooms.kick(context.req.param('id'), userId, { reason })
    return kicked.ok ? context.body(null, NO_CONTENT) : errorResponse(kicked.error)
  })

  app.get('/rooms/:id/bans', async (context) =>
    context.json({ bans: (await rooms.bans(context.req.param('id'))).map(describeBan) }),
  )

  app.put('/rooms/:id/bans/:user', async (context) => {
    const body = await readBody(context, banBody)
    if (body instanceof Response) return body
    const { id, user } = context.req.param()
    const options = { reason: body.reason, durationMs: body.duration_ms }
    const banned = await rooms.ban(id, user, options)
    return banned.ok ? context.json(describeBan(banned.value)) : errorResponse(banned.error)
  })

  app.delete('/rooms/:id/bans/:user', async (context) => {
    const { id, user } = context.req.param()
    const unbanned = await rooms.unban(id, user)
    return unbanned.ok ? context.body(null, NO_CONTENT) : errorResponse(unbanned.error)
  })
  return app
}

function readSettings({ max_users: maxUsers, ...rest }: z.output<typeof updateBody>) {
  const { password, persist, metadata } = rest
  return { password, maxUsers, persist, metadata }
}

function describeRoom({ id, hasPassword, maxUsers, persist, metadata, createdAtMs }: Room) {
  return {
    id,
    has_password: hasPassword,
    max_users: maxUsers,
    persist,
    metadata,
    created_at: createdAtMs === null ? null : new Date(createdAtMs).toISOString(),
  }
}

function describeBan({ userId, reason, untilMs }: RoomBan) {
  const until = untilMs === null ? null : new Date(untilMs).toISOString()
  return { user_id: userId, reason, until }
}

// Not `z.record`, which would lose a key named `__proto__` before anybody can refuse it.
function isObjectOrNull(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value)
}
