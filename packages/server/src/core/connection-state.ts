import { CLOSE_CODES } from '@coterie/protocol'

/**
 * Where a connection is in its life.
 *
 * - `initializing`: made, and not yet among the connections of its node
 * - `connecting`: its first frame has not been queued
 * - `connected`: nobody has said who is behind it
 * - `authenticating`: who is behind it is being found out
 * - `authenticated`: it has its user, maybe an anonymous one
 * - `disconnecting`: it was told to end, and its transport has not ended yet
 * - `error`: the same, because something went wrong: too slow, silent, against the protocol
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

/** Tells in what state a connection is that was closed with a code. */
export function stateAfterClose(code: number): ConnectionState {
  return FAULTS.has(code) ? 'error' : 'disconnecting'
}
