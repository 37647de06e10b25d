import type { MiddlewareHandler } from 'hono'
import { addressGroup } from '../core/limits/address-group.ts'
import type { Limits } from '../core/limits/limits.ts'
import { errorResponse } from '../http/error-response.ts'
import type { Callers } from './caller.ts'
import type { RestEnv } from './rest-env.ts'

/**
 * Limits the requests of each address; the application has no limit.
 *
 * @param healthPath the prefix of the paths of health checks
 */
export function limitRequests(
  limits: Limits,
  callers: Callers,
  healthPath: string,
): MiddlewareHandler<RestEnv> {
  return async (context, next) => {
    const { clientAddress } = context.env
    // A load balancer that is refused would consider the node dead.
    if (clientAddress === '' || context.req.path.startsWith(healthPath)) return next()
    if (callers.isApplication(context)) return next()
    const refusal = limits.requests.take(addressGroup(clientAddress))
    return refusal ? errorResponse(refusal.error) : next()
  }
}
