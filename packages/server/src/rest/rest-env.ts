import type { ServerResponse } from 'node:http'
import type { Caller } from './caller.ts'

/** What handlers find in their context. */
export interface RestEnv {
  readonly Bindings: {
    /** The empty text is an address that nobody knows. */
    readonly clientAddress: string
    /** What the answer is written to, where that can be seen. */
    readonly response?: ServerResponse
  }
  readonly Variables: {
    caller: Caller
    /** Of the stream that a request belongs to, where its operation asks for one. */
    session: string
    /** The text of the member that an operation takes exactly, where it could be cut out. */
    exactText: string | undefined
  }
}
