import type { Result } from '@coterie/protocol'
import type { Principal } from './principal.ts'

/** Finds out who a token belongs to. */
export interface Authenticator {
  /**
   * Verifies a token. Refuses with `unauthorized` and a reason for people that
   * gives nothing of the token away.
   */
  authenticate(token: string): Promise<Result<Principal>>
}
