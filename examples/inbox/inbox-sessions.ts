import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { SignJWT } from 'jose'
import { readInboxUser } from './inbox-user.ts'

const MAX_BODY_BYTES = 8_192
const LIFETIME = '1h'

/** Answers `POST /session` with a token for the given name; the page renews it before it expires. */
export function inboxSessionRoutes(secret: string): Hono {
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
      const given = (body as { name?: unknown } | null | undefined)?.name
      const user = readInboxUser(given)
      if (!user.ok) return context.json(problem('invalid_payload', user.error), 400)
      const { userId, name } = user.value
      const token = await new SignJWT({ user: { name } })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(userId)
        .setIssuedAt()
        .setExpirationTime(LIFETIME)
        .sign(key)
      return context.json({ token, user_id: userId }, 200, { 'Cache-Control': 'no-store' })
    },
  )
  return app
}

function problem(code: string, message: string) {
  return { error: { code, message } }
}
