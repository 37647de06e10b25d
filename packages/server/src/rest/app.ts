import { RealtimeError } from '@coterie/protocol'
import { Hono } from 'hono'
import type { ServerKeys } from '../auth/server-keys.ts'
import type { RealtimeHub } from '../hub.ts'
import type { Logger } from '../ports/logger.ts'
import { errorResponse } from './error-response.ts'
import { healthRoutes } from './health.ts'
import { publishRoutes } from './publish.ts'

/** What the REST routes need of the hub. */
export interface RestParts {
  readonly hub: Pick<RealtimeHub, 'publish' | 'health'>
  readonly serverKeys: ServerKeys
  readonly prefix: string
  readonly maxBodyBytes: number
  readonly logger: Logger
}

/** Answers HTTP requests to the hub's own paths. */
export function createRestApp(parts: RestParts): Hono {
  const app = new Hono()
  app.route('/health', healthRoutes(parts.hub))
  app.route(parts.prefix, publishRoutes(parts))
  app.notFound(() => errorResponse(new RealtimeError('not_found', 'no such path or method')))
  app.onError((error) => {
    if (error instanceof RealtimeError) return errorResponse(error)
    parts.logger.error({ error }, 'a request could not be handled')
    return errorResponse(new RealtimeError('internal', 'the server could not do this now'))
  })
  return app
}

/** Tells whether a path is one of the hub's own. */
export function isHubPath(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`) || path.startsWith('/health/')
}
