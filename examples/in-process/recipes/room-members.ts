import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError, type RealtimeHub } from '@coterie/server'
import { unwrap } from './unwrap.ts'

/** Refuses who is not a member of a room. @throws {RealtimeError} `not_member` */
export function requireMember(database: DatabaseSync, roomId: string, userId: string): void {
  const member = database
    .prepare('SELECT 1 FROM room_member WHERE room_id = ? AND user_id = ?')
    .get(roomId, userId)
  if (!member) throw new RealtimeError('not_member', 'Not a member of this room')
}

/** Sends to a room for one of its members. @throws {RealtimeError} `not_member` for anybody else */
export async function sendToRoom(
  hub: RealtimeHub,
  database: DatabaseSync,
  userId: string,
  { roomId, event, data }: { roomId: string; event: string; data: string | number },
): Promise<void> {
  requireMember(database, roomId, userId)
  unwrap(await hub.realtimeEvent({ channel: `room:${roomId}`, event, data }))
}

/** Lets members alone into rooms, and notes who is there. */
export function roomPresence(hub: RealtimeHub, database: DatabaseSync): void {
  hub.trigger('room:{id}', 'join', async ({ channel, params, auth, connection, publish }) => {
    requireMember(database, params.id, auth.userId)
    const joinedAt = new Date(hub.clock.now()).toISOString()
    database
      .prepare('INSERT OR REPLACE INTO presence VALUES (?, ?, ?, ?)')
      .run(connection.id, params.id, auth.userId, joinedAt)
    await publish(channel, 'user_joined', { user_id: auth.userId })
  })
  hub.trigger('room:{id}', 'leave', async ({ channel, params, auth, connection, publish }) => {
    database
      .prepare('DELETE FROM presence WHERE connection_id = ? AND room_id = ?')
      .run(connection.id, params.id)
    await publish(channel, 'user_left', { user_id: auth.userId })
  })
}
