import type { ServerResponse } from 'node:http'
import type { Caller } from './caller.ts'

/** The context of handlers. */
export interface RestEnv {
  readonly Bindings: {
    /** The client's address; empty if it is unknown. */
    readonly clientAddress: string
    /** Node's response to the request, if there is one. */
    readonly response?: ServerResponse
  }
  readonly Variables: {
    caller: Caller
    /** The session of the request's stream, if the operation requires one. */
    session: string
    /** The exact text of a member of the body, if it could be extracted. */
    exactText: string | undefined
  }
}
