import {
  isChannelPattern,
  type JsonValue,
  ok,
  type Result,
  refuse,
  type UserId,
} from '@coterie/protocol'
import { errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Clock } from '../ports/clock.ts'
import { GRANT_ACTIONS, type Principal } from '../ports/principal.ts'

/** Seconds by which the clocks of issuer and server may differ. */
const CLOCK_TOLERANCE_SECONDS = 5
const MAX_USER_ID_CHARACTERS = 128
const claimsSchema = z.object({
  sub: z
    .string()
    .min(1)
    .max(MAX_USER_ID_CHARACTERS)
    .regex(/^\P{Cc}+$/u),
  exp: z.number(),
  tenant: z.string().optional(),
  user: z.custom<JsonValue>().optional(),
  grants: z
    .array(
      z.object({
        channels: z.string().refine(isChannelPattern, 'not a channel name or pattern'),
        actions: z.array(z.enum([...GRANT_ACTIONS, '*'])),
      }),
    )
    .max(1_000)
    .default([]),
})

/**
 * Verifies JSON Web Tokens signed with a shared secret.
 *
 * The algorithm is HS256 whatever the token says (RFC 8725 section 3.1), and a
 * token without `exp` is refused.
 */
export function createJwtAuthenticator(secret: string, clock: Clock): Authenticator {
  const key = new TextEncoder().encode(secret)
  return {
    async authenticate(token) {
      let payload: JWTPayload
      try {
        const verified = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          requiredClaims: ['sub', 'exp'],
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          currentDate: new Date(clock.now()),
        })
        payload = verified.payload
      } catch (error) {
        return refuse('unauthorized', reasonOf(error))
      }
      return readClaims(payload)
    },
  }
}

/** Refuses every token, for a server that has no key to verify one with. */
export const noAuthenticator: Authenticator = {
  authenticate: async () => refuse('unauthorized', 'this server accepts no tokens'),
}

function readClaims(payload: JWTPayload): Result<Principal> {
  const claims = claimsSchema.safeParse(payload)
  if (!claims.success) {
    const issue = claims.error.issues[0]
    return refuse('unauthorized', `the token's claim ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { sub, exp, tenant, user, grants } = claims.data
  return ok({
    userId: sub as UserId,
    isAnonymous: false,
    tenant,
    grants,
    profile: user,
    expiresAtMs: exp * 1_000,
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the token's claim ${error.claim} is ${error.reason === 'missing' ? 'missing' : 'wrong'}`
  }
  return 'the token is not valid'
}
