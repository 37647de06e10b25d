import type { IncomingMessage } from 'node:http'
import { ok, type Result, refuse } from '@coterie/protocol'

const TOKEN_COOKIE = 'coterie_token'

/** Finds the token that a handshake carries: a header first, then a cookie. */
export function readToken(
  request: IncomingMessage,
  allowedOrigins: readonly string[],
): Result<string | undefined> {
  const { origin, authorization } = request.headers
  const isAllowed = isOriginAllowed(request, allowedOrigins)
  if (allowedOrigins.length > 0 && origin !== undefined && !isAllowed) {
    return refuse('forbidden', 'the Origin is not allowed')
  }
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (bearer !== undefined) return ok(bearer)
  const cookie = readCookie(request.headers.cookie ?? '')
  // A browser sends cookies for any page, so the page must be one of ours.
  if (cookie !== undefined && !isAllowed) {
    return refuse('forbidden', 'a cookie counts only from an allowed Origin')
  }
  return ok(cookie)
}

function isOriginAllowed({ headers }: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = headers
  if (origin === undefined) return false
  if (allowedOrigins.length > 0) return allowedOrigins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === host
}

function readCookie(header: string): string | undefined {
  for (const pair of header.split(';')) {
    const separator = pair.indexOf('=')
    if (pair.slice(0, separator).trim() === TOKEN_COOKIE) return pair.slice(separator + 1).trim()
  }
  return undefined
}
