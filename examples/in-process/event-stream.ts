import { type HeartbeatConfig, HeartbeatMonitor } from '@coterie/server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { readBody } from './read-body.ts'

/** Number of events kept for returning clients. */
const KEPT_EVENTS = 100

interface Kept {
  readonly id: number
  readonly data: string
}

/**
 * A stream of server-sent events made by hand: heartbeat, retry, and resuming
 * by `Last-Event-ID`. The hub's own `/events` does all this for channels.
 *
 * @param signal ends the heartbeat
 */
export function eventStreamRoutes(signal: AbortSignal, config: HeartbeatConfig = {}): Hono {
  const monitor = new HeartbeatMonitor({ intervalSecs: 15, timeoutSecs: 45, ...config })
  const writers = new Map<string, (text: string) => Promise<unknown>>()
  const kept: Kept[] = []
  let lastId = 0
  let clients = 0

  void monitor.runHeartbeatLoop({
    // A stream has no answer: that it could be written to is the sign of life.
    onPing: (client) => {
      void writers
        .get(client)?.(monitor.sseHeartbeatEvent())
        .then(() => monitor.pong(client))
    },
    onDead: (client) => void writers.delete(client),
    signal,
  })

  const app = new Hono()
  app.get('/', (context) => {
    const since = context.req.header('Last-Event-ID')
    return streamSSE(context, async (stream) => {
      clients += 1
      const client = `client-${clients}`
      const ended = new Promise<void>((resolve) => stream.onAbort(resolve))
      monitor.register(client, since ?? null)
      const resumeAfter = Number(monitor.getLastEventId(client) ?? lastId)
      // All in one go: what is published meanwhile would come before what was missed.
      void stream.write(monitor.makeSseEvent('connected', 'connect', String(resumeAfter)))
      for (const { id, data } of kept) {
        if (id > resumeAfter) void stream.write(monitor.makeSseEvent(data, 'message', String(id)))
      }
      writers.set(client, (text) => stream.write(text))
      await ended
      monitor.unregister(client)
      writers.delete(client)
    })
  })

  app.post('/', async (context) => {
    const body = await readBody(context, ['data'])
    if (!body.ok) return context.json({ error: body.error }, 400)
    const { data } = body.value
    lastId += 1
    kept.push({ id: lastId, data })
    if (kept.length > KEPT_EVENTS) kept.shift()
    const text = monitor.makeSseEvent(data, 'message', String(lastId))
    for (const [client, write] of writers) {
      monitor.setLastEventId(client, String(lastId))
      void write(text)
    }
    return context.json({ id: lastId, clients: writers.size })
  })

  app.get('/stats', (context) => {
    const { monitoredClients, totalPings, totalPongs, totalTimeouts } = monitor.stats()
    return context.json({
      monitored_clients: monitoredClients,
      total_pings: totalPings,
      total_pongs: totalPongs,
      total_timeouts: totalTimeouts,
    })
  })
  return app
}
