import { type Err, ok, RealtimeError, type Result, refuse } from '@coterie/protocol'
import type { Context } from 'hono'
import type { ServerKeys } from '../auth/server-keys.ts'
import { accountOfAddress } from '../core/limits/account.ts'
import type { HandshakeHeaders, Identification } from '../http/handshake.ts'
import type { RealtimeHub } from '../hub.ts'
import type { Principal } from '../ports/principal.ts'

/** The caller: a user, or the application itself, which may do everything. */
export interface Caller {
  /** Undefined for the application. */
  readonly principal: Principal | undefined
}

/** The parts of the hub that identifying callers needs. */
export interface CallersParts {
  readonly hub: Pick<RealtimeHub, 'ownerOf' | 'hasStream' | 'limits' | 'turns'>
  readonly serverKeys: ServerKeys
  readonly identification: Identification
}

const NO_SERVER_KEY =
  'this is for the application alone, and no server key is configured: set COTERIE_API_KEY (apiKeys of createHub), and send it as "Authorization: Bearer <key>"'
const APPLICATION: Caller = { principal: undefined }
const NO_QUERY = new URLSearchParams()

/** Identifies the caller of a request. */
export class Callers {
  readonly #parts: CallersParts

  constructor(parts: CallersParts) {
    this.#parts = parts
  }

  /** The limits of callers. */
  get limits(): RealtimeHub['limits'] {
    return this.#parts.hub.limits
  }

  /** Identifies the application by its key, or a user by session, token or cookie. */
  async identify(context: Context): Promise<Result<Caller>> {
    if (this.isApplication(context)) return ok(APPLICATION)
    const session = sessionOf(context)
    const user =
      session === undefined
        ? this.#count(await this.#user(context))
        : this.#countedOwner(context, session)
    if (!user.ok) return user
    return user.value
      ? ok({ principal: user.value })
      : refuse('unauthorized', 'send "Authorization: Bearer <server key or user token>"')
  }

  /** Identifies the application; refuses every user. */
  async application(context: Context): Promise<Result<Caller>> {
    if (this.isApplication(context)) return ok(APPLICATION)
    const hint = this.#parts.serverKeys.isEmpty ? NO_SERVER_KEY : undefined
    if (context.req.header('authorization') === undefined) {
      return refuse(
        'unauthorized',
        hint ?? 'a server key is required: send "Authorization: Bearer <key>"',
      )
    }
    const user = await this.identify(context)
    if (!user.ok && user.error.code === 'rate_limited') return user
    return user.ok
      ? refuse('forbidden', hint ?? 'this is for the application alone: send a server key')
      : refuse(
          'unauthorized',
          hint ?? 'this is not a server key: send "Authorization: Bearer <key>"',
        )
  }

  /** Logs once that all users are refused, and why, if so. */
  noteRefused(): void {
    this.#parts.identification.noteRefused()
  }

  /** Identifies a user by token or cookie, and counts the request for that user. */
  async countedUser(context: Context): Promise<Result<Principal | undefined>> {
    return this.#count(await this.#user(context))
  }

  #user(context: Context): Promise<Result<Principal | undefined>> {
    const { clientAddress } = context.env
    return this.#parts.identification.identify(headersOf(context), NO_QUERY, clientAddress)
  }

  #count(user: Result<Principal | undefined>): Result<Principal | undefined> {
    if (!user.ok || !user.value) return user
    return this.#parts.hub.limits.userRequests.take(user.value.userId) ?? user
  }

  /** Resolves when the caller's turn comes. @param bytes the size of the body */
  turn(context: Context, { principal }: Caller, bytes: number): Promise<void> {
    const { turns } = this.#parts.hub
    if (!principal) return turns.takeForApplication(bytes)
    const { userId } = principal
    const { clientAddress } = context.env
    const isGuest = principal.isAnonymous && clientAddress !== ''
    return turns.take(isGuest ? accountOfAddress(clientAddress) : userId, bytes)
  }

  /** Tells whether a request has a server key. */
  isApplication(context: Context): boolean {
    const key = /^Bearer +(.+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
    return key !== undefined && this.#parts.serverKeys.accepts(key)
  }

  /** Finds the session of an open stream in a request. */
  stream(context: Context): Result<string> {
    const session = sessionOf(context)
    if (session === undefined) {
      const hint = 'send "Authorization: Session <session>" from the connection event'
      return refuse('unauthorized', hint)
    }
    if (this.#parts.hub.hasStream(session)) return ok(session)
    return this.#wrongSession(context, refuse('not_found', 'no stream has this session'))
  }

  #countedOwner(context: Context, session: string): Result<Principal> {
    const owner = this.#parts.hub.ownerOf(session)
    if (owner) {
      return this.#parts.hub.limits.userRequests.take(owner.account) ?? ok(owner.principal)
    }
    const refusal = refuse('unauthorized', 'no open connection of this node has this session')
    return this.#wrongSession(context, refusal)
  }

  // Guessing sessions is limited like guessing tokens.
  #wrongSession(context: Context, refusal: Err<RealtimeError>): Err<RealtimeError> {
    return this.#parts.hub.limits.failedAuths.failed(context.env.clientAddress, refusal)
  }
}

function headersOf(context: Context): HandshakeHeaders {
  const header = (name: string): string | undefined => context.req.header(name)
  return {
    origin: header('origin'),
    host: header('host') ?? new URL(context.req.url).host,
    authorization: header('authorization'),
    cookie: header('cookie'),
    'sec-fetch-site': header('sec-fetch-site'),
  }
}

/** Returns the value of `Authorization: Session`; undefined without one. */
export function sessionOf(context: Context): string | undefined {
  return /^Session +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
}

/**
 * Returns the user that a request is about: for a user only themselves, for
 * the application the named one; undefined if none is named.
 *
 * @throws {RealtimeError} `forbidden` if a user names another one
 */
export function namedUser({ principal }: Caller, userId: string | undefined): string | undefined {
  if (!principal) return userId
  if (userId === undefined || userId === principal.userId) return principal.userId
  throw new RealtimeError('forbidden', 'user_id: expected your own; leave it out', {
    details: {
      field: 'user_id',
    },
  })
}

/**
 * Returns the user that a request is about; the application must name one.
 *
 * @throws {RealtimeError} `forbidden` if a user names another one, `invalid_payload` without a name
 */
export function requiredUser(caller: Caller, userId: string | undefined): string {
  const named = namedUser(caller, userId)
  if (named !== undefined) return named
  throw new RealtimeError('invalid_payload', 'user_id: required with a server key', {
    details: {
      field: 'user_id',
    },
  })
}
