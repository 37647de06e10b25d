import type { RealtimeError } from '@coterie/protocol'
import type { ClientOptions } from '../connection/client-options.ts'
import { completeEnvironment } from '../connection/platform.ts'
import type { RealtimeMessage } from './realtime-message.ts'

/** How a connection ended. */
export interface ConnectionClosed {
  /** The close code; null when the connection ended without one. */
  readonly code: number | null
  readonly reason: string
  /** Whether the client reconnects by itself. */
  readonly willReconnect: boolean
}

/** The options and callbacks of a `WebSocketClient`. */
export interface WebSocketClientOptions
  extends Pick<ClientOptions, 'token' | 'identityStorage' | 'transports' | 'environment'> {
  /** The server, such as `wss://api.example.com/api/realtime/ws`. */
  readonly url: string
  /** Subprotocols to offer in addition to Coterie's own. */
  readonly protocols?: string | readonly string[]
  /** Whether the client reconnects after a disconnect. @default true */
  readonly reconnect?: boolean
  /** Upper bound of the first delay, in ms; it doubles with each failure. @default 1_000 */
  readonly reconnectDelay?: number
  /** Maximum of that upper bound, in ms. @default 30_000 */
  readonly maxReconnectDelay?: number
  /** Consecutive attempts before the client gives up. @default Infinity */
  readonly reconnectAttempts?: number
  /** Silence after which the client sends a ping, in ms. @default 30_000 */
  readonly heartbeatInterval?: number
  /** Called on each connect and reconnect. */
  readonly onOpen?: () => void
  /** Called when a connection has ended. */
  readonly onClose?: (event: ConnectionClosed) => void
  /** Called for errors that no promise of the caller reports, and for refusals. */
  readonly onError?: (error: RealtimeError) => void
  /** Called for every message of a joined room or to this user alone. */
  readonly onMessage?: ((message: RealtimeMessage) => void) | null
}

const OWN_NAMES = {
  reconnectDelayMs: 'reconnectDelay',
  maxReconnectDelayMs: 'maxReconnectDelay',
  pingIntervalMs: 'heartbeatInterval',
} as const

/**
 * Converts the options to those of the underlying client.
 *
 * @throws {TypeError} for an unknown option
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

/** Replaces the option names in an error by the caller's own. */
export function nameOptions(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error
  const message = error.message.replaceAll(
    /\b\w+Ms\b/g,
    (name) => OWN_NAMES[name as keyof typeof OWN_NAMES] ?? name,
  )
  return new TypeError(message, { cause: error })
}
