import type { ServerFrame } from '@coterie/protocol'
import type { AnonymousIdentity } from './anonymous-identity.ts'
import type { Closure } from './closure.ts'

/** How a link authenticates its user. */
export interface Credentials {
  /** Undefined for a user without a token. */
  readonly token: string | undefined
  readonly identity: AnonymousIdentity
}

/** What a link reports to its owner; nothing after the owner closed it. */
export interface LinkEvents {
  /** The server has identified the user and accepts frames. */
  onReady(userId: string | null): void
  /** A frame that answers no request; the welcome is reported as a ping. */
  onFrame(frame: ServerFrame): void
  /** The link ended by itself: the last call. */
  onClosed(closure: Closure): void
}
