import { createRoute, type RouteConfig } from '@hono/zod-openapi'

/** Alternative ways to authenticate; one is enough. */
export type Security = { [scheme: string]: string[] }[]

/** The application itself, with a server key. */
export const SERVER_KEY: Security = [{ serverKey: [] }]

/** The application, or a user by token, cookie or the session of an open connection. */
export const ANY_CALLER: Security = [
  { serverKey: [] },
  { userToken: [] },
  { session: [] },
  { cookie: [] },
]

/** A status of refusals, beside the common ones of every operation. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 429

/** The contract of an operation: its path, callers, inputs and outputs. */
export type Contract = RouteConfig & {
  /** Its name in generated clients: a verb and an object. */
  readonly operationId: string
  /** @default any caller */
  readonly security?: RouteConfig['security']
  readonly refusals?: readonly RefusalStatus[]
}

/** Defines the contract of an operation, for validation, types and documentation. */
export function operation<Path extends string, R extends Omit<Contract, 'path'> & { path: Path }>(
  contract: R,
) {
  return createRoute(contract)
}
