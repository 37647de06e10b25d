import type { MiddlewareHandler } from 'hono'
import { addressGroup } from '../core/limits/address-group.ts'
import type { Limits } from '../core/limits/limits.ts'
import { errorResponse } from '../http/error-response.ts'
import type { Callers } from './caller.ts'
import type { RestEnv } from './rest-env.ts'

/**
 * Refuses requests of an address that sends too many; the application may as many as it likes.
 *
 * @param healthPath how the paths begin that tell the state of the server
 */
export function limitRequests(
  limits: Limits,
  callers: Callers,
  healthPath: string,
): MiddlewareHandler<RestEnv> {
  return async (context, next) => {
    const { clientAddress } = context.env
    // A balancer that is refused would take the node for dead.
    if (clientAddress === '' || context.req.path.startsWith(healthPath)) return next()
    if (callers.isApplication(context)) return next()
    const refusal = limits.requests.take(addressGroup(clientAddress))
    return refusal ? errorResponse(refusal.error) : next()
  }
}
