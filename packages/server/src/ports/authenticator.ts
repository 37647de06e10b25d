import type { Result } from '@coterie/protocol'
import type { Principal } from './principal.ts'

/** Finds out who a token belongs to. */
export interface Authenticator {
  /** Prepares what verifying needs, without waiting for it. Called once, when the hub starts. */
  start?(): void

  /**
   * Verifies a token. Refuses with `unauthorized` and a reason for people that
   * gives nothing of the token away (with the detail `reason: 'token_expired'`
   * where it was good once: that is no failure that counts against anybody), or with `unavailable` while nobody can
   * tell: then the same token may be good a moment later.
   */
  authenticate(token: string): Promise<Result<Principal>>
}
