import { CLOSE_CODES } from '@coterie/protocol'

/**
 * The state of a connection.
 *
 * - `initializing`: created, and not yet registered on its node
 * - `connecting`: its first frame has not been queued
 * - `connected`: its user is not known yet
 * - `authenticating`: its token is being verified
 * - `authenticated`: it has its user, who may be anonymous
 * - `disconnecting`: it was told to end, and its transport has not ended yet
 * - `error`: the same, after a failure: too slow, silent, or a protocol violation
 * - `disconnected`: its transport has ended
 */
export type ConnectionState =
  | 'initializing'
  | 'connecting'
  | 'connected'
  | 'authenticating'
  | 'authenticated'
  | 'disconnecting'
  | 'disconnected'
  | 'error'

const FAULTS: ReadonlySet<number> = new Set([
  CLOSE_CODES.notAFrame,
  CLOSE_CODES.tooLarge,
  CLOSE_CODES.internalError,
  CLOSE_CODES.tooSlow,
  CLOSE_CODES.noHeartbeat,
  CLOSE_CODES.rateLimited,
  CLOSE_CODES.unavailable,
  CLOSE_CODES.protocolError,
])

/** Returns the state of a connection that was closed with a code. */
export function stateAfterClose(code: number): ConnectionState {
  return FAULTS.has(code) ? 'error' : 'disconnecting'
}
