import type { ClientEnvironment, SocketLike } from './environment.ts'
import { SseSocket } from './sse-socket.ts'

/** What carries the frames. */
export type TransportName = 'websocket' | 'sse'

const SUBPROTOCOL = 'coterie.v1'

/** Starts to open a socket of a transport. */
export function openSocket(
  transport: TransportName,
  url: string,
  environment: ClientEnvironment,
): SocketLike {
  return transport === 'sse'
    ? new SseSocket(url, environment)
    : environment.createSocket(url, [SUBPROTOCOL])
}
