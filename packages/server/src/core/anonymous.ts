import type { UserId } from '@coterie/protocol'
import type { Principal } from '../ports/principal.ts'

/** Makes the principal of a connection that nobody vouched for. */
export function anonymousPrincipal(id: string): Principal {
  return {
    userId: `anon-${id}` as UserId,
    isAnonymous: true,
    tenant: undefined,
    grants: [],
    profile: undefined,
    expiresAtMs: undefined,
  }
}
