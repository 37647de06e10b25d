import {
  canonicalChannel,
  isChannelPattern,
  type JsonValue,
  ok,
  type Result,
  refuse,
  type UserId,
} from '@coterie/protocol'
import type { JWTPayload } from 'jose'
import { z } from 'zod'
import { GRANT_ACTIONS, type Principal } from '../ports/principal.ts'

const MAX_ID_CHARACTERS = 128
const MAX_GRANTS = 1_000
/** The last time that a `Date` can hold, in seconds (ECMA-262 section 21.4.1.1). */
const MAX_SECONDS = 8_640_000_000_000
/** The prefix of anonymous users' ids. */
const ANONYMOUS_PREFIX = 'anon-'
// Control characters, invisible ones, direction marks, lone surrogates, line ends.
const PLAIN_TEXT = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u

const id = z
  .string()
  .min(1)
  .max(MAX_ID_CHARACTERS)
  .regex(PLAIN_TEXT, 'expected no control or invisible characters')
  .refine((text) => text.trim() === text, 'expected no space at the beginning or end')

const seconds = z.number().min(0).max(MAX_SECONDS)

const claimsSchema = z.object({
  sub: id.refine(
    (sub) => !sub.startsWith(ANONYMOUS_PREFIX),
    `"${ANONYMOUS_PREFIX}" begins the ids of anonymous users only`,
  ),
  exp: seconds,
  iat: seconds.optional(),
  jti: id.optional(),
  sid: id.optional(),
  tenant: id.optional(),
  user: z.custom<JsonValue>().optional(),
  grants: z
    .array(
      z.object({
        channels: z
          .string()
          .overwrite(canonicalChannel)
          .refine(isChannelPattern, 'expected a channel name, or a pattern such as room:*'),
        actions: z.array(z.enum([...GRANT_ACTIONS, '*'])),
      }),
    )
    .max(MAX_GRANTS)
    .default([]),
})

/**
 * Reads the user and the rights from the claims of a verified token.
 *
 * @param latestMs wall time after which a token cannot have been issued
 */
export function readClaims(payload: JWTPayload, latestMs: number): Result<Principal> {
  const claims = claimsSchema.safeParse(payload)
  if (!claims.success) {
    const issue = claims.error.issues[0]
    return refuse('unauthorized', `the token's claim ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { sub, exp, iat, jti, sid, tenant, user, grants } = claims.data
  const issuedAtMs = iat === undefined ? undefined : iat * 1_000
  if (issuedAtMs !== undefined && issuedAtMs > latestMs) {
    return refuse('unauthorized', "the token's claim iat: it lies in the future")
  }
  return ok(
    Object.freeze({
      userId: sub as UserId,
      isAnonymous: false,
      tenant,
      grants,
      profile: user,
      expiresAtMs: exp * 1_000,
      tokenId: jti,
      sessionId: sid,
      issuedAtMs,
    }),
  )
}
