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

/** How an operation is served, beside what its contract says. */
export interface ServeOptions {
  readonly maxBodyBytes?: number
  /** The body holds frames, which are checked one by one. */
  readonly takesFrames?: boolean
  /** A member of the body whose text the handler finds as `exactText`. */
  readonly exactMember?: string
  /** Bytes that an answer to a user mostly has at most; undefined where the handler charges them. */
  readonly answerBytes?: number | undefined
}

/** As much as an entity or two take. */
const ANSWER_BYTES = 8_192
/** As much as a page of entities mostly takes. */
export const PAGE_BYTES = 65_536
/** How an operation is served that charges what it reads by itself. */
export const CHARGES_ITSELF: ServeOptions = { answerBytes: undefined }

/** Serves operations as their contracts say: who may call, how much they may send, of what shape. */
export class RestRouter {
  readonly app = new OpenAPIHono<RestEnv>({ defaultHook: refuseInvalid })
  readonly #callers: Callers
  readonly #maxBodyBytes: number

  /** @param maxBodyBytes bytes that a body may have where an operation says nothing else */
  constructor(callers: Callers, maxBodyBytes: number) {
    this.#callers = callers
    this.#maxBodyBytes = maxBodyBytes
  }

  /** Serves an operation. Handlers throw what they refuse. */
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

  // Whoever sends many requests waits for others, as whoever sends many frames does.
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

// A page elsewhere can make a browser send a form with cookies, but no credentials of other kinds:
// only without those the type has to be one that a browser asks permission for.
const takeAsJson: MiddlewareHandler<RestEnv> = async (context, next) => {
  const { headers } = context.req.raw
  if (headers.has('authorization')) headers.set('content-type', 'application/json')
  await next()
}

// The validator of the framework would read and check all that a client sends, on every request.
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

// What is refused by the router itself need not be written in every contract.
function complete({ refusals: own = [], security = [], ...contract }: Contract): Contract {
  const { request } = contract
  const statuses = new Set<number>(own).add(400)
  if (request?.body) statuses.add(413).add(422)
  if (schemesOf({ security }).has('serverKey')) statuses.add(401).add(403)
  statuses.add(429).add(500).add(503)
  return {
    ...contract,
    // Who reads an operation without it would look for a rule that holds for all.
    security,
    responses: { ...refusals(statuses), ...contract.responses },
  } as Contract
}
