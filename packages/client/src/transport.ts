import type { ClientSettings } from './client-options.ts'
import type { ClientEnvironment, SocketLike } from './environment.ts'
import { SseSocket } from './sse-socket.ts'

/** What carries the frames. */
export type TransportName = 'websocket' | 'sse'

const SUBPROTOCOL = 'coterie.v1'

/** Starts to open a WebSocket. */
export function openWebSocket(url: string, environment: ClientEnvironment): SocketLike {
  return environment.createSocket(url, [SUBPROTOCOL])
}

/** Starts to open a socket of a transport. */
export function openSocket(
  transport: TransportName,
  url: string,
  { replyTimeoutMs }: ClientSettings,
  environment: ClientEnvironment,
): SocketLike {
  return transport === 'sse'
    ? new SseSocket(url, replyTimeoutMs, environment)
    : openWebSocket(url, environment)
}
