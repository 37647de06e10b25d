import { ok, type Result, refuse } from '@coterie/protocol'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Clock } from '../ports/clock.ts'
import type { Principal } from '../ports/principal.ts'
import type { ServerKeys } from './server-keys.ts'
import { tokenExpired } from './token-expired.ts'

/** What deciding whether a user's token counts needs. */
export interface UserTokensParts {
  readonly authenticator: Authenticator
  readonly serverKeys: ServerKeys
  readonly clock: Clock
  /** Says why a principal counts no more; undefined where it does. */
  readonly revoked: (principal: Principal) => ReturnType<typeof refuse> | undefined
}

/** Verifies users' tokens, and knows when one that was good is so no more. */
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
    // Whoever holds it is no user, and a page that holds it gives it away.
    if (serverKeys.accepts(token)) {
      return refuse('unauthorized', 'this is a server key; expected the token of a user')
    }
    const verified = await authenticator.authenticate(token)
    return verified.ok ? (revoked(verified.value) ?? verified) : verified
  }

  /** Tells whether a principal that was verified some time ago counts still. */
  recheck(principal: Principal): Result<Principal> {
    const { clock, revoked } = this.#parts
    const { expiresAtMs } = principal
    if (expiresAtMs !== undefined && expiresAtMs <= clock.now()) {
      return tokenExpired()
    }
    return revoked(principal) ?? ok(principal)
  }
}
