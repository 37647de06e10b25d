import type {
  ChannelContract,
  JsonValue,
  NotificationType,
  StandardSchema,
} from '@coterie/protocol'
import type { PublicKeyAlgorithm, PublicKeyText } from '../auth/token-key.ts'
import type { PublishRule, SubscribeRule } from '../core/definitions.ts'
import type { AllowAddress } from '../features/notifications/user-addresses.ts'
import type { LimitsConfig } from './limits-config.ts'

/** How channels behave, who may connect, and what bounds hold. */
export interface HubConfig {
  /** The path below which the hub is served. @default '/api/realtime' */
  prefix?: string | undefined
  /** Whether channels that no pattern declares may be used. @default 'deny' */
  undeclared?: 'deny' | 'allow' | undefined
  /**
   * Whether `/docs`, `/openapi.json`, `/metrics` and `/health/…` are at the root,
   * and not below the prefix.
   *
   * @default true with a server of its own (`listen`), false otherwise (`attach`, `fetch`)
   */
  rootPaths?: boolean | undefined
  /** The rules of channels, by name or pattern; the most specific applies. @default none */
  channels?: Record<string, ChannelOptions> | undefined
  /** What may be sent in channels, whatever rules they have. @default everything */
  contracts?: readonly ChannelContract[] | undefined
  /** Rooms that exist from the start, by their ids. @default none */
  rooms?: Record<string, RoomOptions> | undefined
  /** The shared secret (HS256) that signs user tokens, 32 bytes or more. @default none */
  jwtSecret?: string
  /** Accepts secrets of fewer than 32 bytes, if you cannot change yours. @default false */
  allowShortSecrets?: boolean | undefined
  /** Which user tokens are accepted beside those of `jwtSecret`. @default none */
  jwt?: JwtConfig
  /** Server keys: whoever sends one acts for the application. @default none */
  apiKeys?: string[]
  /** Lets users connect without a token. @default false */
  anonymous?: boolean | undefined
  /**
   * Pages that may connect, such as `https://example.com`.
   *
   * @default the server's own pages for cookies and anonymous users, any page for tokens
   */
  allowedOrigins?: string[]
  /** What bounds addresses, users, connections and channels. */
  limits?: LimitsConfig | undefined
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is trusted. @default none */
  trustedProxies?: string[] | undefined
  /** When members appear and disappear. */
  presence?: PresenceConfig | undefined
  /** How long notifications are kept, and where users are notified. */
  notifications?: NotificationsConfig | undefined
  /** What bounds the handlers of triggers. */
  triggers?: TriggersConfig | undefined
  /** When a silent connection or client of the process is given up. */
  heartbeat?: HeartbeatSettings | undefined
}

/** How the channels of one pattern behave. */
export interface ChannelOptions {
  /** Who may subscribe. @default 'authenticated' */
  subscribe?: SubscribeRule | undefined
  /** Who may publish. @default 'members' */
  publish?: PublishRule | undefined
  /** Whether events are kept, so that clients resume and read what they missed. @default false */
  history?: boolean | HistoryOptions | undefined
  /** Whether members see who else is present. @default false */
  presence?: boolean | undefined
  /** Different users that may be subscribed at once. @default no bound */
  maxUsers?: number | undefined
  /** Whether the channel has shared state. @default false */
  state?: boolean | StateOptions | undefined
  /** Schemas of payloads, by event name; other events are refused. @default any payload */
  events?: Record<string, StandardSchema> | undefined
}

/** How many events a channel keeps, and for how long. */
export interface HistoryOptions {
  /** Events, 1,000,000 at most. @default 100 */
  size?: number | undefined
  /** How long an event is kept, in ms. @default 300_000 (5 minutes) */
  ttlMs?: number | undefined
}

/** How long a channel's shared state is kept. */
export interface StateOptions {
  /** Keeps the state when the last member has left. @default false */
  persist?: boolean | undefined
}

/** What a room asks of those who enter it. */
export interface RoomOptions {
  /** 1–1,024 characters that users enter. @default none */
  password?: string | undefined
  /** Different users that may be in the room at once. @default that of its pattern */
  maxUsers?: number | undefined
  /** Keeps the shared state when the last member has left. @default that of its pattern */
  persist?: boolean | undefined
  /** What members are told about the room. @default {} */
  metadata?: Record<string, JsonValue> | undefined
}

/** Which user tokens are accepted. */
export interface JwtConfig {
  /** Shared secrets (HS256); several are accepted at once, so that one can replace another. */
  secrets?: string[]
  /** Public keys (RS256, ES256, EdDSA), as PEM or JSON Web Key. */
  publicKeys?: PublicKeyText[]
  /** The `https://` URL where the issuer publishes its keys. */
  jwksUrl?: string
  /** Lets `jwksUrl` be `http://` on this machine, for tests. @default false */
  allowLoopbackHttp?: boolean | undefined
  /** Algorithms that keys of `jwksUrl` may be used with. @default RS256, ES256 and EdDSA */
  algorithms?: PublicKeyAlgorithm[] | undefined
  /** Accepted values of `iss`. @default any */
  issuer?: string | string[]
  /** Accepted values of `aud`. @default any */
  audience?: string | string[]
  /** By how much the clocks of issuer and server may differ, in ms. @default 5_000 */
  clockToleranceMs?: number | undefined
}

/** When members appear and disappear. */
export interface PresenceConfig {
  /** How long a user who is cut off stays present, in ms. @default 15_000 */
  graceMs?: number | undefined
  /** How long changes are collected before they are sent together, in ms. @default 50 */
  windowMs?: number | undefined
  /** Users of a channel above which only their number is sent. @default 1_000 */
  maxListedUsers?: number | undefined
}

/** How long notifications are kept, and where users are notified. */
export interface NotificationsConfig {
  /** How long a notification is kept, in ms. @default 7_776_000_000 (90 days) */
  retentionMs?: number | undefined
  /** Notifications in a user's inbox; 0 for no bound. @default 10_000 */
  maxPerUser?: number | undefined
  /** Whether users choose by themselves where they are notified. @default false */
  userAddresses?: AllowAddress | boolean | undefined
  /** Types of notifications that users can neither mute nor refuse. @default ['security'] */
  criticalTypes?: NotificationType[] | undefined
}

/** What bounds the handlers of triggers. */
export interface TriggersConfig {
  /** How long a handler may take, in ms. @default 5_000 */
  timeoutMs?: number | undefined
  /** Events of a connection that may wait for handlers. @default 100 */
  maxWaiting?: number | undefined
  /** How long a durable trigger stays with a node that has died, in ms. @default 15_000 */
  leaseMs?: number | undefined
}

/** When a silent connection or client of the process is given up. */
export interface HeartbeatSettings {
  /** Seconds between two pings; `intervalMs` says the same in ms. @default 15 */
  intervalSecs?: number | undefined
  /** Milliseconds between two pings, in place of `intervalSecs`. @default 15_000 */
  intervalMs?: number | undefined
  /** Seconds of silence that count as one timeout; `timeoutMs` says the same in ms. @default 45 */
  timeoutSecs?: number | undefined
  /** Milliseconds of silence that count as one timeout. @default 45_000 */
  timeoutMs?: number | undefined
  /** Timeouts in a row that end it. @default 1 for connections, 3 for clients of the process */
  maxRetries?: number | undefined
  /** How long a browser waits before it opens an ended stream again, in ms. @default 3_000 */
  sseRetryMs?: number | undefined
  /** Sends comments to streams, so that proxies keep them open. @default true */
  sendKeepalive?: boolean | undefined
}
