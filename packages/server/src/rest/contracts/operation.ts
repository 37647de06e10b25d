import { createRoute, type RouteConfig } from '@hono/zod-openapi'

/** Ways to say who is calling, of which one is enough. */
export type Security = { [scheme: string]: string[] }[]

/** Whoever holds a key of the server: the application itself. */
export const SERVER_KEY: Security = [{ serverKey: [] }]

/** The application, or a user by token, cookie or the session of an open connection. */
export const ANY_CALLER: Security = [
  { serverKey: [] },
  { userToken: [] },
  { session: [] },
  { cookie: [] },
]

/** A status that refuses, beside those that every operation of its kind has. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 429

/** What an operation is to its callers: where it is, who may call, what goes in and out. */
export type Contract = RouteConfig & {
  /** What generated clients call it: a verb and what it is about. */
  readonly operationId: string
  /** @default whoever it is */
  readonly security?: RouteConfig['security']
  readonly refusals?: readonly RefusalStatus[]
}

/** Writes down the contract of an operation: it is what validates, types and documents it. */
export function operation<Path extends string, R extends Omit<Contract, 'path'> & { path: Path }>(
  contract: R,
) {
  return createRoute(contract)
}
