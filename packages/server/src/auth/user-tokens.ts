import { ok, type Result, refuse } from '@coterie/protocol'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Clock } from '../ports/clock.ts'
import type { Principal } from '../ports/principal.ts'
import type { ServerKeys } from './server-keys.ts'
import { tokenExpired } from './token-expired.ts'

/** The parts that verifying users' tokens needs. */
export interface UserTokensParts {
  readonly authenticator: Authenticator
  readonly serverKeys: ServerKeys
  readonly clock: Clock
  /** Refuses a revoked principal; undefined for any other. */
  readonly revoked: (principal: Principal) => ReturnType<typeof refuse> | undefined
}

/** Verifies users' tokens, and detects when an accepted one is revoked. */
export class UserTokens implements Authenticator {
  readonly #parts: UserTokensParts

  constructor(parts: UserTokensParts) {
    this.#parts = parts
  }

  start(): void {
    this.#parts.authenticator.start?.()
  }

  async authenticate(token: string): Promise<Result<Principal>> {
    const { authenticator, serverKeys, revoked } = this.#parts
    // A server key is not for users, and a page that contains one publishes it.
    if (serverKeys.accepts(token)) {
      return refuse('unauthorized', 'this is a server key; expected the token of a user')
    }
    const verified = await authenticator.authenticate(token)
    return verified.ok ? (revoked(verified.value) ?? verified) : verified
  }

  /** Tells whether a principal that was verified earlier is still accepted. */
  recheck(principal: Principal): Result<Principal> {
    const { clock, revoked } = this.#parts
    const { expiresAtMs } = principal
    if (expiresAtMs !== undefined && expiresAtMs <= clock.now()) {
      return tokenExpired()
    }
    return revoked(principal) ?? ok(principal)
  }
}
