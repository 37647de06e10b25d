import type { ServerFrame } from '@coterie/protocol'
import type { AnonymousIdentity } from './anonymous-identity.ts'
import type { Closure } from './closure.ts'

/** By what a link says who is calling. */
export interface Credentials {
  /** Undefined for one who has none. */
  readonly token: string | undefined
  readonly identity: AnonymousIdentity
}

/** What a link tells its owner; nothing any more once the owner closed it. */
export interface LinkEvents {
  /** The server knows who this is and takes frames. */
  onReady(userId: string | null): void
  /** A frame that answers no request; of the welcome, a ping. */
  onFrame(frame: ServerFrame): void
  /** The link ended by itself: the last call. */
  onClosed(closure: Closure): void
}
