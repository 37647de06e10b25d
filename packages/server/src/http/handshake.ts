import { type Err, ok, type RealtimeError, type Result, refuse } from '@coterie/protocol'
import { noAuthenticator } from '../auth/jwt-authenticator.ts'
import type { Tickets } from '../auth/tickets.ts'
import type { FailedAuthentications } from '../core/limits/failed-authentications.ts'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Logger } from '../ports/logger.ts'
import type { Principal } from '../ports/principal.ts'
import { parseUrl } from '../system/parse-url.ts'

const TOKEN_COOKIE = 'coterie_token'
/** Names of the local machine, as `URL` writes them (RFC 6761 section 6.3). */
const LOOPBACK = /^(localhost|[a-z0-9-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
/** Characters of an origin in messages; clients can send anything. */
const MAX_SHOWN_CHARACTERS = 60

/** The headers that identify the sender of a request. */
export interface HandshakeHeaders {
  readonly origin?: string | undefined
  readonly host?: string | undefined
  readonly authorization?: string | undefined
  readonly cookie?: string | undefined
  readonly 'sec-fetch-site'?: string | undefined
}

/** The parts of the hub that identification needs. */
export interface IdentificationParts {
  readonly authenticator: Authenticator
  readonly failedAuths: FailedAuthentications
  readonly tickets: Tickets
  readonly logger: Logger
  /** True allows anonymous users. */
  readonly anonymous: boolean
  /** Tells whether the user of a ticket may still connect. */
  readonly recheck: (principal: Principal) => Result<Principal>
  /** Empty allows the server's own pages without a token, and every page with one. */
  readonly allowedOrigins: readonly string[]
}

/** Identifies the user who opens a connection, from the request. */
export class Identification {
  readonly #parts: IdentificationParts
  /** Warns developers once; further connections must not fill the log. */
  #hasWarned = false

  constructor(parts: IdentificationParts) {
    this.#parts = parts
  }

  /** Logs once that all users are refused, and why, if so. */
  noteRefused(): void {
    if (this.isPossible || this.#parts.anonymous || this.#hasWarned) return
    this.#hasWarned = true
    this.#parts.logger.warn(
      {},
      'this hub refuses every connection, because it has no way to identify users: set jwtSecret, jwt or an authenticator, or anonymous: true',
    )
  }

  /** True if at least one kind of user can be identified. */
  get isPossible(): boolean {
    return this.#parts.authenticator !== noAuthenticator
  }

  /**
   * Identifies by ticket, header or cookie; undefined for a request without any.
   *
   * @param address the client's address
   */
  async identify(
    headers: HandshakeHeaders,
    query: URLSearchParams,
    address: string,
  ): Promise<Result<Principal | undefined>> {
    const token = readToken(headers, this.#parts.allowedOrigins)
    const ticket = query.get('ticket')
    if (token.ok && ticket === null && token.value === undefined) return ok(undefined)
    this.noteRefused()
    if (!token.ok) return token
    return this.#parts.failedAuths.guard(address, () => this.#verify(ticket, token.value ?? ''))
  }

  /**
   * Refuses a foreign page that connects as an anonymous user; undefined for any
   * other request.
   *
   * Such a page has no credentials. Otherwise any visitor who can reach the server
   * would give the page access to it, also on a developer's own machine.
   */
  refuseForeignPage(headers: HandshakeHeaders): Err<RealtimeError> | undefined {
    const { allowedOrigins } = this.#parts
    if (isOwnPage(headers, allowedOrigins)) return undefined
    const { origin = 'elsewhere' } = headers
    return refuse(
      'forbidden',
      `a page of ${origin.slice(0, MAX_SHOWN_CHARACTERS)} may not connect as an anonymous user: list its origin in allowedOrigins (COTERIE_ALLOWED_ORIGINS), or send a token`,
    )
  }

  async #verify(ticket: string | null, token: string): Promise<Result<Principal>> {
    const { authenticator, tickets, recheck } = this.#parts
    if (ticket !== null) {
      const principal = tickets.redeem(ticket)
      return principal
        ? recheck(principal)
        : refuse('unauthorized', 'the ticket was used or is too old; get another one')
    }
    return authenticator.authenticate(token)
  }
}

/** Finds the token that a request carries: a header first, then a cookie. */
export function readToken(
  headers: HandshakeHeaders,
  allowedOrigins: readonly string[],
): Result<string | undefined> {
  const { origin, authorization } = headers
  const isAllowed = isOriginAllowed(headers, allowedOrigins)
  if (allowedOrigins.length > 0 && origin !== undefined && !isAllowed) {
    return refuse('forbidden', 'the Origin is not allowed')
  }
  const bearer = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1]
  if (bearer !== undefined) return ok(bearer)
  const cookie = readCookie(headers.cookie ?? '')
  // Browsers send cookies with requests of any page, so the page must be an allowed one.
  if (cookie !== undefined && !isAllowed) {
    return refuse('forbidden', 'a cookie is accepted only from an allowed Origin')
  }
  return ok(cookie)
}

function isOriginAllowed(
  { origin, host, 'sec-fetch-site': site }: HandshakeHeaders,
  allowedOrigins: readonly string[],
): boolean {
  // A same-origin read has no Origin; no page can forge this header.
  if (origin === undefined) return site === 'same-origin'
  if (allowedOrigins.length > 0) return allowedOrigins.includes(origin)
  // Behind a proxy the scheme that the browser used is unknown; the browser may tell.
  if (site !== undefined && site !== 'same-origin') return false
  const url = parseUrl(origin)
  // Browsers write an origin in exactly one way.
  return url?.origin === origin && url.host === host
}

function isOwnPage(headers: HandshakeHeaders, allowedOrigins: readonly string[]): boolean {
  const { origin, host = '', 'sec-fetch-site': site } = headers
  // Programs send neither header; a typed address has the site `none`.
  if (origin === undefined && (site === undefined || site === 'none')) return true
  if (isOriginAllowed(headers, allowedOrigins)) return true
  // Another program on the same machine may serve the pages, as in development.
  const page = origin === undefined ? undefined : parseUrl(origin)
  const isLocal = page?.origin === origin && isLoopback(page?.hostname)
  return allowedOrigins.length === 0 && isLocal && isLoopback(parseUrl(`http://${host}`)?.hostname)
}

function isLoopback(name: string | undefined): boolean {
  return name !== undefined && LOOPBACK.test(name)
}

// Names are compared exactly: a similar name must not hide the cookie (RFC 6265 section 5.4).
function readCookie(header: string): string | undefined {
  for (const pair of header.split(';')) {
    const [, name, value] = /^[ \t]*([^=]*?)[ \t]*=[ \t]*(.*?)[ \t]*$/s.exec(pair) ?? []
    if (name === TOKEN_COOKIE && value !== '') return value
  }
  return undefined
}
