import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody, NO_CONTENT } from './content.ts'
import { nullableJsonObject, pathId, time, userId } from './fields.ts'
import { operation, SERVER_KEY } from './operation.ts'

const MAX_PASSWORD_CHARACTERS = 1_024
const MAX_REASON_CHARACTERS = 200

const ofRooms = { tags: ['Rooms'], security: SERVER_KEY }
const roomPath = z.object({ id: pathId.openapi({ example: 'board-1' }) })
const banPath = roomPath.extend({ user: userId })

const settings = {
  password: z.string().min(1).max(MAX_PASSWORD_CHARACTERS).nullish(),
  max_users: z.int().positive().nullish(),
  persist: z.boolean().optional(),
  metadata: nullableJsonObject.optional(),
}
/** The settings of a room. */
export const roomSettings = z.strictObject(settings)

const room = z
  .object({
    id: z.string(),
    has_password: z.boolean(),
    max_users: z.int().nullable(),
    persist: z.boolean(),
    metadata: nullableJsonObject,
    created_at: time.nullable().openapi({ description: 'Null for a room of the configuration.' }),
  })
  .openapi('Room')

const ban = z
  .object({
    user_id: z.string(),
    reason: z.string(),
    until: time.nullable().openapi({ description: 'Null if it has no end.' }),
  })
  .openapi('RoomBan')

/** The contract of `GET /rooms`. */
export const listRooms = operation({
  operationId: 'listRooms',
  ...ofRooms,
  method: 'get',
  path: '/rooms',
  summary: 'List rooms',
  description: 'Rooms of the configuration, and rooms that were made since.',
  responses: { 200: jsonAnswer('All that were made.', z.object({ rooms: z.array(room) })) },
})

/** The contract of `POST /rooms`. */
export const createRoom = operation({
  operationId: 'createRoom',
  ...ofRooms,
  method: 'post',
  path: '/rooms',
  summary: 'Make a room',
  description: 'Its channel is `room:<id>`.',
  request: {
    body: jsonBody(z.strictObject({ id: z.string(), ...settings }), {
      id: 'board-1',
      max_users: 10,
      metadata: { title: 'Board' },
    }),
  },
  responses: { 201: jsonAnswer('The room.', room) },
  refusals: [409],
})

/** The contract of `GET /rooms/{id}`. */
export const getRoom = operation({
  operationId: 'getRoom',
  ...ofRooms,
  method: 'get',
  path: '/rooms/{id}',
  summary: 'Get a room',
  description: 'The password itself is never returned.',
  request: { params: roomPath },
  responses: { 200: jsonAnswer('The room.', room) },
  refusals: [404],
})

/** The contract of `PATCH /rooms/{id}`. */
export const updateRoom = operation({
  operationId: 'updateRoom',
  ...ofRooms,
  method: 'patch',
  path: '/rooms/{id}',
  summary: 'Change a room',
  description: 'Fields that are not given stay as they are.',
  request: { params: roomPath, body: jsonBody(roomSettings, { persist: true, password: null }) },
  responses: { 200: jsonAnswer('The room as it is now.', room) },
  refusals: [404, 409],
})

/** The contract of `DELETE /rooms/{id}`. */
export const removeRoom = operation({
  operationId: 'removeRoom',
  ...ofRooms,
  method: 'delete',
  path: '/rooms/{id}',
  summary: 'Remove a room',
  description: 'Everybody in it is removed.',
  request: { params: roomPath },
  responses: { 204: NO_CONTENT },
  refusals: [404, 409],
})

/** The contract of `POST /rooms/{id}/kick`. */
export const kickFromRoom = operation({
  operationId: 'kickUserFromRoom',
  ...ofRooms,
  method: 'post',
  path: '/rooms/{id}/kick',
  summary: 'Remove a user from a room',
  description: 'They may enter again.',
  request: {
    params: roomPath,
    body: jsonBody(
      z.strictObject({ user_id: userId, reason: z.string().max(MAX_REASON_CHARACTERS).optional() }),
      {
        user_id: 'user-456',
      },
    ),
  },
  responses: { 204: NO_CONTENT },
})

/** The contract of `GET /rooms/{id}/bans`. */
export const listBans = operation({
  operationId: 'listRoomBans',
  ...ofRooms,
  method: 'get',
  path: '/rooms/{id}/bans',
  summary: 'List the bans of a room',
  description: 'Without bans that have ended.',
  request: { params: roomPath },
  responses: { 200: jsonAnswer('The bans.', z.object({ bans: z.array(ban) })) },
})

/** The contract of `PUT /rooms/{id}/bans/{user}`. */
export const banFromRoom = operation({
  operationId: 'banUserFromRoom',
  ...ofRooms,
  method: 'put',
  path: '/rooms/{id}/bans/{user}',
  summary: 'Ban a user from a room',
  description: 'All their connections are removed, and they cannot enter again.',
  request: {
    params: banPath,
    body: jsonBody(
      z.strictObject({
        reason: z.string().max(MAX_REASON_CHARACTERS).optional(),
        duration_ms: z
          .int()
          .positive()
          .optional()
          .openapi({ description: 'Without it, the ban has no end.' }),
      }),
      { reason: 'too loud', duration_ms: 3_600_000 },
    ),
  },
  responses: { 200: jsonAnswer('The ban.', ban) },
})

/** The contract of `DELETE /rooms/{id}/bans/{user}`. */
export const unbanFromRoom = operation({
  operationId: 'unbanUserFromRoom',
  ...ofRooms,
  method: 'delete',
  path: '/rooms/{id}/bans/{user}',
  summary: 'Lift a ban',
  description: 'The user may enter again, like everybody else.',
  request: { params: banPath },
  responses: { 204: NO_CONTENT },
  refusals: [404],
})
