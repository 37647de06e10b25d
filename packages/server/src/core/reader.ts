import type { Principal } from '../ports/principal.ts'

/** A user who reads about a channel. Undefined is the server, which may read everything. */
export interface Reader {
  readonly principal: Principal
  /** The reader's address; empty if it is unknown. */
  readonly address: string
  /** True when the reader is subscribed to the channel. */
  readonly isMember: boolean
}
