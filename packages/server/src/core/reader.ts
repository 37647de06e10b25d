import type { Principal } from '../ports/principal.ts'

/** Somebody who wants to know of a channel; undefined is the server itself, which may know all. */
export interface Reader {
  readonly principal: Principal
  /** Where the reader is; empty where nobody knows it. */
  readonly address: string
  /** True when the reader is in the channel. */
  readonly isMember: boolean
}
