import type { ClientEnvironment, SocketLike } from './environment.ts'
import { SseSocket } from './sse-socket.ts'
import type { TransportName } from './transport-choice.ts'

const SUBPROTOCOL = 'coterie.v1'

/** Starts to open a WebSocket. */
export function openWebSocket(url: string, environment: ClientEnvironment): SocketLike {
  return environment.createSocket(url, [SUBPROTOCOL])
}

/**
 * Starts to open a socket of a transport.
 *
 * @param replyTimeoutMs time for a stream to open, and for each of its requests, in ms
 */
export function openSocket(
  transport: TransportName,
  url: string,
  replyTimeoutMs: number,
  environment: ClientEnvironment,
): SocketLike {
  return transport === 'sse'
    ? new SseSocket(url, replyTimeoutMs, environment)
    : openWebSocket(url, environment)
}
