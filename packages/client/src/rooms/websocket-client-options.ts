import type { RealtimeError } from '@coterie/protocol'
import type { ClientOptions } from '../connection/client-options.ts'
import { completeEnvironment } from '../connection/platform.ts'
import type { RealtimeMessage } from './realtime-message.ts'

/** How a connection ended. */
export interface ConnectionClosed {
  /** The close code; null where the connection ended without one. */
  readonly code: number | null
  readonly reason: string
  /** Whether the client connects again by itself. */
  readonly willReconnect: boolean
}

/** How a `WebSocketClient` connects, and what it calls. */
export interface WebSocketClientOptions
  extends Pick<ClientOptions, 'token' | 'identityStorage' | 'transports' | 'environment'> {
  /** The server, such as `wss://api.example.com/api/realtime/ws`. */
  readonly url: string
  /** Subprotocols to offer beside Coterie's own. */
  readonly protocols?: string | readonly string[]
  /** Whether a lost connection is made again. @default true */
  readonly reconnect?: boolean
  /** The ceiling of the first wait, in ms; it doubles with each failure. @default 1_000 */
  readonly reconnectDelay?: number
  /** The highest ceiling of a wait, in ms. @default 30_000 */
  readonly maxReconnectDelay?: number
  /** Attempts in a row before the client gives up. @default Infinity */
  readonly reconnectAttempts?: number
  /** Silence after which the client asks whether the server is there, in ms. @default 30_000 */
  readonly heartbeatInterval?: number
  /** Called when connected, and when connected again. */
  readonly onOpen?: () => void
  /** Called when a connection ended. */
  readonly onClose?: (event: ConnectionClosed) => void
  /** Called for whatever went wrong with nobody waiting for it. */
  readonly onError?: (error: RealtimeError) => void
  /** Called for every message of every room that is joined, and to this user alone. */
  readonly onMessage?: ((message: RealtimeMessage) => void) | null
}

const OWN_NAMES = {
  reconnectDelayMs: 'reconnectDelay',
  maxReconnectDelayMs: 'maxReconnectDelay',
  pingIntervalMs: 'heartbeatInterval',
} as const

/**
 * Turns the options into those of the client underneath.
 *
 * @throws {TypeError} for an option that there is not
 */
export function toClientOptions(options: WebSocketClientOptions): ClientOptions {
  const {
    protocols = [],
    reconnectDelay,
    maxReconnectDelay,
    heartbeatInterval,
    onOpen: _onOpen,
    onClose: _onClose,
    onError: _onError,
    onMessage: _onMessage,
    environment: given,
    ...rest
  } = options
  const offered = typeof protocols === 'string' ? [protocols] : protocols
  const environment = completeEnvironment(given)
  return {
    ...rest,
    ...(reconnectDelay !== undefined && { reconnectDelayMs: reconnectDelay }),
    ...(maxReconnectDelay !== undefined && { maxReconnectDelayMs: maxReconnectDelay }),
    ...(heartbeatInterval !== undefined && { pingIntervalMs: heartbeatInterval }),
    environment: {
      ...environment,
      createSocket: (url, own) => environment.createSocket(url, [...own, ...offered]),
    },
  }
}

/** Names the options in a complaint as the caller named them. */
export function nameOptions(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error
  const message = error.message.replaceAll(
    /\b\w+Ms\b/g,
    (name) => OWN_NAMES[name as keyof typeof OWN_NAMES] ?? name,
  )
  return new TypeError(message, { cause: error })
}
