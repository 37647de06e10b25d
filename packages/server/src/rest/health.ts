import { Hono } from 'hono'
import type { RealtimeHub } from '../hub.ts'

/** Answers whether the process lives and whether it can serve. */
export function healthRoutes(hub: Pick<RealtimeHub, 'health'>): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    context.header('Cache-Control', 'no-store')
  })
  // That this is answered at all is the answer.
  app.get('/live', (context) => context.json({ status: 'ok' }))
  app.get('/ready', async (context) => {
    const health = await hub.health()
    return context.json(health, health.status === 'ready' ? 200 : 503)
  })
  return app
}
