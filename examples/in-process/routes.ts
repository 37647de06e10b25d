import type { RealtimeHub } from '@coterie/server'
import { Hono } from 'hono'
import { chatRoomRoutes } from './chat-room.ts'
import { eventStreamRoutes } from './event-stream.ts'

/** Both examples: `/chat/…` and `/events`. */
export function inProcessRoutes(hub: RealtimeHub, signal: AbortSignal): Hono {
  const app = new Hono()
  app.route('/chat', chatRoomRoutes(hub))
  app.route('/events', eventStreamRoutes(signal))
  return app
}
