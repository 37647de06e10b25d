import {
  type ChannelContract,
  checkOption,
  checkOptionsObject,
  createOptionError,
  isWholeNumber,
} from '@coterie/protocol'
import type { IdentityStorage } from './anonymous-identity.ts'
import type { ClientEnvironment } from './environment.ts'
import type { TokenSource } from './token.ts'
import type { TransportName } from './transport-choice.ts'

/** How a client connects, and its limits on queues and waits. */
export interface ClientOptions<
  Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> {
  /**
   * Contracts of the channels, for the type checker alone: nothing is checked
   * here. `createClient<[typeof contract]>()` has the same effect, and keeps
   * the schemas out of a page.
   */
  readonly contracts?: Contracts
  /**
   * The server: `wss://host/path` is the endpoint itself; `https://host/prefix`
   * or `/prefix` is the server's prefix. Without a path: `/api/realtime/ws`.
   *
   * @default the page's own origin
   */
  readonly url?: string
  /**
   * The user's token. A function is called, with the reason, for every connect
   * and before a token expires. The client retries for as long as it returns
   * tokens; returning none or throwing `unauthorized` ends it as `refused`.
   */
  readonly token?: TokenSource
  /**
   * Where a client without a token stores the secret by which the server recognises
   * the anonymous user. Anybody who has the secret can act as that user.
   *
   * @default memory, so that the identity ends with the client
   */
  readonly identityStorage?: IdentityStorage
  /**
   * The transports, in order of preference. When one does not lead to a
   * connection, for example because a proxy blocks WebSockets, the next attempt uses
   * the other; the one that worked is kept, and WebSocket is retried from time to time.
   *
   * @default ['websocket', 'sse']
   */
  readonly transports?: readonly TransportName[]
  /** Whether the client reconnects after a disconnect. @default true */
  readonly reconnect?: boolean
  /** Upper bound of the first delay; it doubles with each failure. @default 1_000 */
  readonly reconnectDelayMs?: number
  /** Maximum of that upper bound. @default 30_000 */
  readonly maxReconnectDelayMs?: number
  /** Consecutive attempts before the client gives up. @default Infinity */
  readonly reconnectAttempts?: number
  /** Silence after which the client sends a ping. @default 30_000 */
  readonly pingIntervalMs?: number
  /** Silence after a ping that ends the connection. @default 10_000 */
  readonly pongTimeoutMs?: number
  /** Time for one attempt: the token, the socket and the server's welcome. @default 10_000 */
  readonly connectTimeoutMs?: number
  /** Time for the answer to one frame. @default 10_000 */
  readonly replyTimeoutMs?: number
  /** Publishes that may wait for an answer, over all channels. @default 1_000 */
  readonly maxQueuedPublishes?: number
  /** Replaces the clock, randomness, sockets or page events, one by one. */
  readonly environment?: Partial<ClientEnvironment>
}

/** The options of a client with all defaults, without address and environment. */
export type ClientSettings = Required<
  Omit<ClientOptions, 'contracts' | 'url' | 'token' | 'identityStorage' | 'environment'>
> & {
  readonly token: TokenSource | undefined
  readonly identityStorage: IdentityStorage | undefined
}

const DEFAULTS = {
  reconnectDelayMs: 1_000,
  maxReconnectDelayMs: 30_000,
  reconnectAttempts: Number.POSITIVE_INFINITY,
  pingIntervalMs: 30_000,
  pongTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  replyTimeoutMs: 10_000,
  maxQueuedPublishes: 1_000,
} as const

type NumberOption = keyof typeof DEFAULTS

// Timers with a longer delay would run at once.
const MAX = 2_147_483_647
const MINIMUM: Partial<Record<NumberOption, number>> = {
  reconnectAttempts: 0,
  maxQueuedPublishes: 0,
}
const TRANSPORTS: readonly TransportName[] = ['websocket', 'sse']
const KNOWN = new Set([
  ...Object.keys(DEFAULTS),
  'contracts',
  'url',
  'token',
  'identityStorage',
  'transports',
  'reconnect',
  'environment',
])

/**
 * Fills in the defaults and checks every option.
 *
 * @throws {TypeError} naming the option, its value and the valid values
 */
export function readClientOptions(options: ClientOptions): ClientSettings {
  checkOptionsObject('options', options)
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name))
      throw new TypeError(`${name}: no such option; known: ${[...KNOWN].join(', ')}`)
  }
  const { url, token, identityStorage, reconnect = true, transports = TRANSPORTS } = options
  checkOption('url', url, url === undefined || typeof url === 'string', 'a string')
  checkOption('reconnect', reconnect, typeof reconnect === 'boolean', 'true or false')
  checkShown(
    'transports',
    JSON.stringify(transports),
    isTransportList(transports),
    `a list of ${TRANSPORTS.map((name) => `"${name}"`).join(' and ')}, each at most once`,
  )
  // A token is a secret: the message shows only the type of the value.
  const kind = token === '' ? 'an empty string' : typeof token
  checkShown('token', kind, isTokenSource(token), 'a string that is not empty or a function')
  checkShown(
    'identityStorage',
    typeof identityStorage,
    isIdentityStorage(identityStorage),
    'an object with the functions `get` and `set`',
  )
  const numbers = {} as Record<NumberOption, number>
  for (const name of Object.keys(DEFAULTS) as NumberOption[]) {
    numbers[name] = readNumber(name, options[name])
  }
  const { reconnectDelayMs, maxReconnectDelayMs } = numbers
  checkOption(
    'maxReconnectDelayMs',
    maxReconnectDelayMs,
    maxReconnectDelayMs >= reconnectDelayMs || options.maxReconnectDelayMs === undefined,
    `at least reconnectDelayMs (${reconnectDelayMs})`,
  )
  return { ...numbers, reconnect, token, identityStorage, transports: [...transports] }
}

function isTransportList(transports: unknown): boolean {
  return (
    Array.isArray(transports) &&
    transports.length > 0 &&
    new Set(transports).size === transports.length &&
    transports.every((name) => TRANSPORTS.includes(name))
  )
}

function isIdentityStorage(storage: IdentityStorage | undefined): boolean {
  return (
    storage === undefined ||
    (typeof storage?.get === 'function' && typeof storage.set === 'function')
  )
}

function isTokenSource(token: unknown): boolean {
  return (
    token === undefined ||
    typeof token === 'function' ||
    (typeof token === 'string' && token !== '')
  )
}

function readNumber(name: NumberOption, given: number | undefined): number {
  const value = given === undefined ? DEFAULTS[name] : given
  const minimum = MINIMUM[name] ?? 1
  const isEndless = name === 'reconnectAttempts' && value === Number.POSITIVE_INFINITY
  const isAllowed = isWholeNumber(value, minimum, MAX)
  const allowed = `a whole number from ${minimum} to ${MAX}`
  checkOption(
    name,
    value,
    isAllowed || isEndless,
    name === 'reconnectAttempts' ? `${allowed}, or Infinity` : allowed,
  )
  return value
}

function checkShown(name: string, shown: string, isAllowed: boolean, allowed: string): void {
  if (!isAllowed) throw createOptionError(name, shown, allowed)
}
