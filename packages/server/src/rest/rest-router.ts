import { OpenAPIHono, type RouteHandler, z } from '@hono/zod-openapi'
import type { Handler, MiddlewareHandler } from 'hono'
import { SESSION_CHALLENGE } from '../http/challenge.ts'
import { errorResponse } from '../http/error-response.ts'
import { boundBody } from './bound-body.ts'
import type { Callers } from './caller.ts'
import { chargeAnswers } from './charge-answers.ts'
import type { Contract } from './contracts/operation.ts'
import { refusals } from './contracts/refusal.ts'
import { refuseInvalid } from './invalid-request.ts'
import { knownParameters } from './known-parameters.ts'
import type { RestEnv } from './rest-env.ts'
import { requireWholeBody } from './whole-body.ts'

/** The options of serving an operation, beside its contract. */
export interface ServeOptions {
  readonly maxBodyBytes?: number
  /** The body contains frames, which are validated one by one. */
  readonly takesFrames?: boolean
  /** A member of the body whose text the handler gets as `exactText`. */
  readonly exactMember?: string
  /** Usual maximum bytes of an answer to a user; undefined if the handler charges it. */
  readonly answerBytes?: number | undefined
}

/** Enough for one or two entities. */
const ANSWER_BYTES = 8_192
/** Enough for most pages of entities. */
export const PAGE_BYTES = 65_536
/** The options of an operation that charges its answers itself. */
export const CHARGES_ITSELF: ServeOptions = { answerBytes: undefined }

/** Serves operations by their contracts: callers, body sizes and schemas. */
export class RestRouter {
  readonly app = new OpenAPIHono<RestEnv>({ defaultHook: refuseInvalid })
  readonly #callers: Callers
  readonly #maxBodyBytes: number

  /** @param maxBodyBytes bytes of a body at most, unless an operation says otherwise */
  constructor(callers: Callers, maxBodyBytes: number) {
    this.#callers = callers
    this.#maxBodyBytes = maxBodyBytes
  }

  /** Serves an operation. Handlers throw their refusals. */
  serve<R extends Contract>(
    contract: R,
    handler: RouteHandler<R, RestEnv>,
    options: ServeOptions = {},
  ): void {
    const { maxBodyBytes = this.#maxBodyBytes, takesFrames, exactMember } = options
    const answerBytes = 'answerBytes' in options ? options.answerBytes : ANSWER_BYTES
    const middleware = [noStore]
    const schemes = schemesOf(contract)
    if (schemes.has('serverKey')) middleware.push(this.#guard(schemes.size === 1))
    else if (schemes.has('session')) middleware.push(this.#guardStream)
    const hasBody = contract.request?.body !== undefined
    if (hasBody) middleware.push(boundBody(maxBodyBytes), takeAsJson)
    if (schemes.has('serverKey')) middleware.push(this.#takeTurn)
    const isForUsers = schemes.has('serverKey') && schemes.size > 1
    if (isForUsers && answerBytes !== undefined) {
      middleware.push(chargeAnswers(this.#callers.limits, answerBytes))
    }
    if (hasBody && !takesFrames) middleware.push(requireWholeBody(exactMember))
    const { headers, ...request } = contract.request ?? {}
    if (headers instanceof z.ZodObject) middleware.push(readHeaders(headers))
    if (!contract.hide) this.describe(contract)
    const served = knownParameters(contract, handler as Handler)
    this.app.openapi({ ...contract, request, middleware, hide: true } as Contract, served as never)
  }

  /** Describes an operation that is served elsewhere. */
  describe(contract: Contract): void {
    this.app.openAPIRegistry.registerPath(complete(contract))
  }

  readonly #guardStream: MiddlewareHandler<RestEnv> = async (context, next) => {
    const session = this.#callers.stream(context)
    if (!session.ok) {
      const refusal = errorResponse(session.error)
      if (refusal.status === 401) refusal.headers.set('WWW-Authenticate', SESSION_CHALLENGE)
      return refusal
    }
    context.set('session', session.value)
    await next()
  }

  // Senders of many requests wait for others, like senders of many frames.
  readonly #takeTurn: MiddlewareHandler<RestEnv> = async (context, next) => {
    const hasBody = context.req.raw.body !== null
    const bytes = hasBody ? (await context.req.arrayBuffer()).byteLength : 0
    await this.#callers.turn(context, context.get('caller'), bytes)
    await next()
  }

  #guard(isForApplication: boolean): MiddlewareHandler<RestEnv> {
    const callers = this.#callers
    return async (context, next) => {
      const caller = await (isForApplication
        ? callers.application(context)
        : callers.identify(context))
      if (!caller.ok) return errorResponse(caller.error)
      context.set('caller', caller.value)
      await next()
    }
  }
}

const noStore: MiddlewareHandler<RestEnv> = async (context, next) => {
  context.header('Cache-Control', 'no-store')
  await next()
}

// A foreign page can make a browser send a form with cookies, but without other credentials:
// with cookies only, the media type must be one that requires a preflight.
const takeAsJson: MiddlewareHandler<RestEnv> = async (context, next) => {
  const { headers } = context.req.raw
  if (headers.has('authorization')) headers.set('content-type', 'application/json')
  await next()
}

// The framework's validator would read and validate all input on every request.
function readHeaders(schema: z.ZodObject): MiddlewareHandler<RestEnv> {
  const names = Object.keys(schema.shape)
  return async (context, next) => {
    const given = names.flatMap((name) => {
      const value = context.req.header(name)
      return value === undefined ? [] : [[name, value]]
    })
    const parsed = schema.safeParse(Object.fromEntries(given))
    const refused = refuseInvalid({ target: 'header', ...parsed })
    if (refused) return refused
    context.req.addValidatedData('header', parsed.data ?? {})
    await next()
  }
}

function schemesOf({ security = [] }: Pick<Contract, 'security'>): ReadonlySet<string> {
  return new Set(security.flatMap((way) => Object.keys(way)))
}

// The router's own refusals need not be in every contract.
function complete({ refusals: own = [], security = [], ...contract }: Contract): Contract {
  const { request } = contract
  const statuses = new Set<number>(own).add(400)
  if (request?.body) statuses.add(413).add(422)
  if (schemesOf({ security }).has('serverKey')) statuses.add(401).add(403)
  statuses.add(429).add(500).add(503)
  return {
    ...contract,
    // An operation without it would seem to inherit a global rule.
    security,
    responses: { ...refusals(statuses), ...contract.responses },
  } as Contract
}
