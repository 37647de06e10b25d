import type { DatabaseSync } from 'node:sqlite'
import type { RealtimeHub } from '@coterie/server'
import { readText } from './read-fields.ts'
import { requireMember } from './room-members.ts'

/** Answers `send_chat_message`: checked, saved, and then told to the room. */
export function chat(hub: RealtimeHub, database: DatabaseSync): void {
  const save = database.prepare(
    `INSERT INTO message (room_id, sender_id, content, created_at) VALUES (?, ?, ?, ?)
      RETURNING id`,
  )
  hub.trigger('message', async ({ event, input, auth, publish }) => {
    if (event !== 'send_chat_message') return undefined
    const roomId = readText(input, 'room_id', 100)
    const content = readText(input, 'content', 1_000)
    requireMember(database, roomId, auth.userId)
    const createdAt = new Date(hub.clock.now()).toISOString()
    const row = save.get(roomId, auth.userId, content, createdAt)
    const message = {
      id: Number(row?.id),
      sender_id: auth.userId,
      content,
      created_at: createdAt,
    }
    await publish(`room:${roomId}`, 'new_message', message)
    return { ...message, room_id: roomId }
  })
}
