import type { z } from '@hono/zod-openapi'
import { isoTime } from '../core/iso-time.ts'
import type { Room, RoomBan } from '../features/rooms/room.ts'
import type { RoomAdministration } from '../features/rooms/room-administration.ts'
import {
  banFromRoom,
  createRoom,
  getRoom,
  kickFromRoom,
  listBans,
  listRooms,
  removeRoom,
  type roomSettings,
  unbanFromRoom,
  updateRoom,
} from './contracts/rooms.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets an application create, change and delete rooms, with its server key. */
export function serveRooms(router: RestRouter, rooms: RoomAdministration): void {
  router.serve(listRooms, async (context) =>
    context.json({ rooms: (await rooms.list()).map(describeRoom) }, 200),
  )

  router.serve(createRoom, async (context) => {
    const { id, ...settings } = context.req.valid('json')
    return context.json(describeRoom(unwrap(await rooms.create(id, readSettings(settings)))), 201)
  })

  router.serve(getRoom, async (context) => {
    const { id } = context.req.valid('param')
    return context.json(describeRoom(unwrap(await rooms.find(id))), 200)
  })

  router.serve(updateRoom, async (context) => {
    const { id } = context.req.valid('param')
    const updated = await rooms.update(id, readSettings(context.req.valid('json')))
    return context.json(describeRoom(unwrap(updated)), 200)
  })

  router.serve(removeRoom, async (context) => {
    unwrap(await rooms.remove(context.req.valid('param').id))
    return context.body(null, 204)
  })
  serveBans(router, rooms)
}

function serveBans(router: RestRouter, rooms: RoomAdministration): void {
  router.serve(kickFromRoom, async (context) => {
    const { user_id: userId, reason } = context.req.valid('json')
    unwrap(await rooms.kick(context.req.valid('param').id, userId, { reason }))
    return context.body(null, 204)
  })

  router.serve(listBans, async (context) => {
    const bans = await rooms.bans(context.req.valid('param').id)
    return context.json({ bans: bans.map(describeBan) }, 200)
  })

  router.serve(banFromRoom, async (context) => {
    const { id, user } = context.req.valid('param')
    const { reason, duration_ms: durationMs } = context.req.valid('json')
    const ban = unwrap(await rooms.ban(id, user, { reason, durationMs }))
    return context.json(describeBan(ban), 200)
  })

  router.serve(unbanFromRoom, async (context) => {
    const { id, user } = context.req.valid('param')
    unwrap(await rooms.unban(id, user))
    return context.body(null, 204)
  })
}

function readSettings({ max_users: maxUsers, ...rest }: z.output<typeof roomSettings>) {
  return { ...rest, maxUsers }
}

function describeRoom({ id, hasPassword, maxUsers, persist, metadata, createdAtMs }: Room) {
  return {
    id,
    has_password: hasPassword,
    max_users: maxUsers,
    persist,
    metadata,
    created_at: createdAtMs === null ? null : isoTime(createdAtMs),
  }
}

function describeBan({ userId, reason, untilMs }: RoomBan) {
  const until = untilMs === null ? null : isoTime(untilMs)
  return { user_id: userId, reason, until }
}
