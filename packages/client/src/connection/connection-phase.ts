/** The state of a client's connection, as an application sees it. */
export type ClientStatus =
  | 'idle'
  | 'connecting'
  | 'connected'
  | 'reconnecting'
  | 'disconnected'
  | 'refused'

/** What a connection is doing. */
export type Phase =
  | 'idle'
  | 'fetching_token'
  | 'handshaking'
  | 'connected'
  | 'waiting'
  | 'disconnected'
  | 'refused'

/** Every transition there is. */
export const TRANSITIONS: Readonly<Record<Phase, readonly Phase[]>> = {
  idle: ['fetching_token'],
  fetching_token: ['handshaking', 'waiting', 'disconnected', 'refused'],
  handshaking: ['connected', 'waiting', 'disconnected', 'refused'],
  connected: ['waiting', 'disconnected', 'refused'],
  waiting: ['fetching_token', 'disconnected'],
  disconnected: ['fetching_token'],
  refused: ['fetching_token', 'disconnected'],
}

/** Returns the status that shows a phase. */
export function statusOf(phase: Phase, isRetry: boolean): ClientStatus {
  switch (phase) {
    case 'fetching_token':
    case 'handshaking':
      return isRetry ? 'reconnecting' : 'connecting'
    case 'waiting':
      return 'reconnecting'
    default:
      return phase
  }
}
