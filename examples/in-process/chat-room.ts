import type { RealtimeHub } from '@coterie/server'
import { Hono } from 'hono'
import { readBody } from './read-body.ts'

const ROOM = 'chat:main'
const MAX_MESSAGE_CHARACTERS = 1_000

/**
 * A chat room by requests alone: what changes something is a POST.
 *
 * Whoever is in it by a socket, as `chat:main`, hears and is seen as well.
 */
export function chatRoomRoutes(hub: RealtimeHub): Hono {
  hub.createChannel(ROOM, { broadcast: { bufferSize: 256 } })
  const app = new Hono()

  app.post('/join', async (context) => {
    const body = await readBody(context, ['user_id'])
    if (!body.ok) return context.json({ error: body.error }, 400)
    const { user_id: userId } = body.value
    hub.join(ROOM, userId, { name: userId })
    return context.json({ status: 'joined', user_id: userId })
  })

  app.post('/send', async (context) => {
    const body = await readBody(context, ['user_id', 'message'])
    if (!body.ok) return context.json({ error: body.error }, 400)
    const { user_id: userId, message } = body.value
    if (!hub.presence.get(ROOM, userId)) return context.json({ error: 'join the room first' }, 403)
    if (message.length > MAX_MESSAGE_CHARACTERS) {
      const error = `message: at most ${MAX_MESSAGE_CHARACTERS} characters`
      return context.json({ error }, 400)
    }
    hub.heartbeat.pong(userId)
    hub.publishJson(ROOM, { type: 'message', from: userId, text: message })
    return context.json({ status: 'sent' })
  })

  app.get('/members', (context) => context.json({ members: hub.presence.listAsDicts(ROOM) }))

  // Taking messages from the queue changes it, so this is not a GET.
  app.post('/receive', async (context) => {
    const body = await readBody(context, ['user_id'])
    if (!body.ok) return context.json({ error: body.error }, 400)
    const { user_id: userId } = body.value
    if (!hub.channels.getSubscribers(ROOM).includes(userId)) {
      return context.json({ error: 'join the room first' }, 403)
    }
    const subscriber = hub.channels.subscribe(ROOM, userId)
    const messages = subscriber.drain().map((text): unknown => JSON.parse(text))
    return context.json({ messages, missed: subscriber.missedCount })
  })

  app.post('/leave', async (context) => {
    const body = await readBody(context, ['user_id'])
    if (!body.ok) return context.json({ error: body.error }, 400)
    hub.disconnect(body.value.user_id)
    return context.json({ status: 'left' })
  })
  return app
}
