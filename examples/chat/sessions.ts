import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { jwtVerify, SignJWT } from 'jose'
import { readName } from './name.ts'

const MAX_BODY_BYTES = 8_192
const LIFETIME_SECONDS = 24 * 3_600
/** How long after its end a token still proves who somebody was. */
const RENEWAL_SECONDS = 30 * 24 * 3_600

/** Tells who somebody is from now on. */
export interface Session {
  readonly token: string
  readonly user_id: string
  /** ISO 8601. */
  readonly expires_at: string
}

/**
 * Answers `POST /session` with a token for the given name.
 *
 * A `token` from an earlier session, even an expired one, keeps its user id.
 */
export function sessionRoutes(secret: string): Hono {
  const key = new TextEncoder().encode(secret)
  const app = new Hono()
  app.post(
    '/session',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (context) => context.json(problem('too_large', 'the request is too large'), 413),
    }),
    async (context) => {
      const body: unknown = await context.req.json().catch(() => undefined)
      if (typeof body !== 'object' || body === null) {
        return context.json(problem('invalid_payload', 'send JSON such as {"name": "Ada"}'), 400)
      }
      const { name: givenName, token } = body as Record<string, unknown>
      const name = readName(givenName)
      if (!name.ok) return context.json(problem('invalid_payload', name.error), 400)
      const userId = (await readUserId(key, token)) ?? randomUUID()
      return context.json(await createSession(key, userId, name.value), 200, {
        'Cache-Control': 'no-store',
      })
    },
  )
  return app
}

async function createSession(key: Uint8Array, userId: string, name: string): Promise<Session> {
  const expiresAt = Math.floor(Date.now() / 1_000) + LIFETIME_SECONDS
  const token = await new SignJWT({ user: { name } })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(key)
  return { token, user_id: userId, expires_at: new Date(expiresAt * 1_000).toISOString() }
}

async function readUserId(key: Uint8Array, token: unknown): Promise<string | undefined> {
  if (typeof token !== 'string') return undefined
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      clockTolerance: RENEWAL_SECONDS,
    })
    return payload.sub
  } catch {
    // Signed with a secret that is gone: the person starts as a new user.
    return undefined
  }
}

function problem(code: string, message: string) {
  return { error: { code, message } }
}
