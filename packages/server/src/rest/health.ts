import type { RealtimeHub } from '../hub.ts'
import { getLiveness, getReadiness } from './contracts/operations.ts'
import type { RestRouter } from './rest-router.ts'

/** Answers whether the process is alive and whether it can serve. */
export function serveHealth(router: RestRouter, hub: Pick<RealtimeHub, 'health'>): void {
  // Any answer shows that the process is alive.
  router.serve(getLiveness, (context) => context.json({ status: 'ok' as const }, 200))

  router.serve(getReadiness, async (context) => {
    const health = await hub.health()
    return health.status === 'ready' ? context.json(health, 200) : context.json(health, 503)
  })
}
