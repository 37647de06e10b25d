import {
  type ChannelContract,
  type ClientLimits,
  DEFAULT_LIMITS,
  type NotificationType,
} from '@coterie/protocol'
import { type JwtSettings, resolveJwt } from '../auth/jwt-options.ts'
import { describeShort } from '../auth/shared-secret.ts'
import {
  type ChannelDefinition,
  DEFAULT_DEFINITION,
  Definitions,
  declareSchemas,
} from '../core/definitions.ts'
import type { LimitsOptions } from '../core/limits/limits.ts'
import type { Rate } from '../core/limits/rate-limiter.ts'
import { CRITICAL_TYPES } from '../features/notifications/recipient-plan.ts'
import type { AllowAddress } from '../features/notifications/user-addresses.ts'
import { type ResolvedHeartbeat, resolveHeartbeat } from '../local/heartbeat-config.ts'
import { ConfigError, checkConfig } from './check-config.ts'
import {
  type ChannelsConfig,
  type HeartbeatSettings,
  type HubConfig,
  hubConfigSchema,
  type LimitsConfig,
  type RoomOptions,
  type RoomsConfig,
} from './config-schema.ts'

const DEFAULT_HISTORY = { size: 100, ttlMs: 300_000 }
const DEFAULT_CONNECTIONS_PER_USER = 100

/** A hub's configuration with every default filled in. */
export interface ResolvedConfig {
  /** @default '/api/realtime' */
  readonly prefix: string
  /** Undefined leaves it to how the hub is served. */
  readonly rootPaths: boolean | undefined
  readonly definitions: ReadonlyMap<string, ChannelDefinition>
  /** Undefined denies what no pattern declares. */
  readonly undeclared: ChannelDefinition | undefined
  /** What may be sent in channels, whatever definitions they have. */
  readonly contracts: readonly ChannelContract[]
  /** What is asked of those who enter a room, by its id. */
  readonly rooms: ReadonlyMap<string, RoomOptions>
  readonly jwtSecret: string | undefined
  /** Which user tokens count; `jwtSecret` is one of its secrets. */
  readonly jwt: JwtSettings
  readonly apiKeys: readonly string[]
  readonly anonymous: boolean
  /** Empty allows the page's own origin for cookies, and every origin for tokens. */
  readonly allowedOrigins: readonly string[]
  readonly clientLimits: ClientLimits
  /** What bounds addresses and users. */
  readonly abuseLimits: LimitsOptions
  /** Proxies whose `X-Forwarded-For` is believed. @default none */
  readonly trustedProxies: readonly string[]
  /** Bytes of keys and values that a channel's shared state may have. @default 262_144 */
  readonly stateBytes: number
  /** Keys that a channel's shared state may have. @default 1_000 */
  readonly stateKeys: number
  /** Bytes that a channel's snapshot and those being written have together. @default 33_554_432 */
  readonly snapshotBytes: number
  /** Bytes that may wait for one slow receiver. @default 1_048_576 */
  readonly queuedBytes: number
  /** How long a slow receiver may take nothing at all, in ms. @default 5_000 */
  readonly sendTimeoutMs: number
  /** @default 100 */
  readonly connectionsPerUser: number
  /** Stored subscriptions that a user may have, expired ones not counted. @default 1_000 */
  readonly subscriptionsPerUser: number
  /** Different patterns that a user may listen to, and as many that may be stored. @default 256 */
  readonly patternsPerUser: number
  /** Bytes of the filters of a user's active subscriptions, as JSON. @default 1_048_576 */
  readonly filterBytesPerUser: number
  /** Events that a resume returns at most. @default 10_000 */
  readonly recoveredEvents: number
  /** @default 15_000 */
  readonly presenceGraceMs: number
  /** @default 50 */
  readonly presenceWindowMs: number
  /** In a channel with more users, followers are told how many there are. @default 1_000 */
  readonly presenceListedUsers: number
  /** Notifications are deleted so long after they were made. @default 7_776_000_000 (90 days) */
  readonly notificationRetentionMs: number
  /** Notifications in app that a user keeps; 0 for any number. @default 10_000 */
  readonly notificationsPerUser: number
  /** Whether users may choose where they are notified by e-mail and webhooks. @default false */
  readonly userAddresses: AllowAddress | boolean
  /** Types of notifications that users neither mute nor refuse. @default ['security'] */
  readonly criticalTypes: readonly NotificationType[]
  /** How long the handler of a trigger may take, in ms. @default 5_000 */
  readonly triggerTimeoutMs: number
  /** Events of one connection that may wait for their triggers. @default 100 */
  readonly triggerWaiting: number
  /** How long a durable trigger stays with a node that has died, in ms. @default 15_000 */
  readonly triggerLeaseMs: number
  /** @default 15_000 */
  readonly pingIntervalMs: number
  /** After so long a silent connection is closed, in ms. @default 45_000 */
  readonly silenceTimeoutMs: number
  /** What holds for clients of this process, and for streams. */
  readonly heartbeat: ResolvedHeartbeat
}

/**
 * Checks a configuration and fills in the defaults.
 *
 * @throws {ConfigError} for an unknown key or a bad value
 */
export function resolveConfig(config: HubConfig): ResolvedConfig {
  const {
    channels = {},
    rooms = {},
    limits = {},
    presence = {},
    notifications = {},
    triggers = {},
    heartbeat = {},
    ...rest
  } = checkConfig(hubConfigSchema, config)
  refuseShortSecrets(rest)
  return {
    prefix: rest.prefix ?? '/api/realtime',
    rootPaths: rest.rootPaths,
    definitions: resolveDefinitions(channels, rooms),
    rooms: new Map(Object.entries(rooms)),
    undeclared: rest.undeclared === 'allow' ? DEFAULT_DEFINITION : undefined,
    contracts: rest.contracts ?? [],
    jwtSecret: rest.jwtSecret,
    jwt: resolveJwt(rest.jwt ?? {}, rest.jwtSecret),
    apiKeys: rest.apiKeys ?? [],
    anonymous: rest.anonymous ?? false,
    allowedOrigins: rest.allowedOrigins ?? [],
    clientLimits: {
      ...DEFAULT_LIMITS,
      frame_bytes: limits.frameBytes ?? DEFAULT_LIMITS.frame_bytes,
      json_depth: limits.jsonDepth ?? DEFAULT_LIMITS.json_depth,
      subscriptions: limits.subscriptions ?? DEFAULT_LIMITS.subscriptions,
      frames_per_second: limits.framesPerSecond ?? DEFAULT_LIMITS.frames_per_second,
      frames_burst: limits.framesBurst ?? DEFAULT_LIMITS.frames_burst,
      bytes_per_second: limits.bytesPerSecond ?? DEFAULT_LIMITS.bytes_per_second,
      bytes_burst: limits.bytesBurst ?? DEFAULT_LIMITS.bytes_burst,
      presence_data_bytes: limits.presenceDataBytes ?? DEFAULT_LIMITS.presence_data_bytes,
    },
    abuseLimits: resolveAbuseLimits(limits),
    trustedProxies: rest.trustedProxies ?? [],
    stateBytes: limits.stateBytes ?? 262_144,
    stateKeys: limits.stateKeys ?? 1_000,
    snapshotBytes: limits.snapshotBytes ?? 33_554_432,
    queuedBytes: limits.queuedBytes ?? 1_048_576,
    sendTimeoutMs: limits.sendTimeoutMs ?? 5_000,
    connectionsPerUser: limits.connectionsPerUser ?? DEFAULT_CONNECTIONS_PER_USER,
    subscriptionsPerUser: limits.subscriptionsPerUser ?? 1_000,
    patternsPerUser: limits.patternsPerUser ?? 256,
    filterBytesPerUser: limits.filterBytesPerUser ?? 1_048_576,
    recoveredEvents: limits.recoveredEvents ?? 10_000,
    presenceGraceMs: presence.graceMs ?? 15_000,
    presenceWindowMs: presence.windowMs ?? 50,
    presenceListedUsers: presence.maxListedUsers ?? 1_000,
    notificationRetentionMs: notifications.retentionMs ?? 7_776_000_000,
    notificationsPerUser: notifications.maxPerUser ?? 10_000,
    userAddresses: notifications.userAddresses ?? false,
    criticalTypes: notifications.criticalTypes ?? CRITICAL_TYPES,
    triggerTimeoutMs: triggers.timeoutMs ?? 5_000,
    triggerWaiting: triggers.maxWaiting ?? 100,
    triggerLeaseMs: triggers.leaseMs ?? 15_000,
    ...resolveHeartbeats(heartbeat),
  }
}

// A connection was asked several times before one timeout is over, so by default one is enough.
function resolveHeartbeats(settings: HeartbeatSettings) {
  const { intervalMs, timeoutMs, maxRetries = 1 } = settings
  const heartbeat = resolveHeartbeat({
    intervalSecs: settings.intervalSecs ?? (intervalMs && intervalMs / 1_000),
    timeoutSecs: settings.timeoutSecs ?? (timeoutMs && timeoutMs / 1_000),
    maxRetries: settings.maxRetries,
    sseRetryMs: settings.sseRetryMs,
    sendKeepalive: settings.sendKeepalive,
  })
  return {
    heartbeat,
    pingIntervalMs: Math.round(heartbeat.intervalSecs * 1_000),
    silenceTimeoutMs: Math.round(heartbeat.timeoutSecs * 1_000) * maxRetries,
  }
}

// Here and not in the schema, whose parts a configuration file takes one by one.
function refuseShortSecrets({ jwtSecret, jwt, allowShortSecrets = false }: HubConfig): void {
  if (allowShortSecrets) return
  const secrets = (jwt?.secrets ?? []).map((secret, index) => [`jwt.secrets.${index}`, secret])
  if (jwtSecret !== undefined) secrets.unshift(['jwtSecret', jwtSecret])
  for (const [key, secret = ''] of secrets) {
    const problem = describeShort(secret)
    if (problem !== undefined) throw new ConfigError(`"${key}" is (not shown): ${problem}`)
  }
}

// Generous: one address may be a company, a mobile network, or a proxy that nobody declared.
function resolveAbuseLimits(limits: LimitsConfig): LimitsOptions {
  const { roomPasswordsPerMinute: ofRoom = 5 } = limits
  const {
    connectionsPerUser: connections = DEFAULT_CONNECTIONS_PER_USER,
    framesPerSecond = DEFAULT_LIMITS.frames_per_second,
    framesBurst = DEFAULT_LIMITS.frames_burst,
  } = limits
  return {
    connectionsPerAddress: limits.connectionsPerAddress ?? 10_000,
    unidentifiedPerAddress: limits.unidentifiedPerAddress ?? 5_000,
    connects: {
      perSecond: limits.connectsPerSecond ?? 500,
      burst: limits.connectsBurst ?? 10_000,
    },
    failedAuths: perMinute(limits.failedAuthsPerMinute ?? 300),
    requests: { perSecond: limits.requestsPerSecond ?? 500, burst: limits.requestsBurst ?? 2_000 },
    userRequests: {
      perSecond: limits.userRequestsPerSecond ?? 50,
      burst: limits.userRequestsBurst ?? 500,
    },
    // As much as all connections of a user may send by themselves.
    userFrames: {
      perSecond: limits.userFramesPerSecond ?? connections * framesPerSecond,
      burst: limits.userFramesBurst ?? connections * framesBurst,
    },
    userBytes: {
      perSecond: limits.userBytesPerSecond ?? 4 * 1_048_576,
      burst: limits.userBytesBurst ?? 16 * 1_048_576,
    },
    newChannels: {
      perSecond: limits.newChannelsPerSecond ?? 10,
      burst: limits.newChannelsBurst ?? 1_000,
    },
    joins: { perSecond: limits.joinsPerSecond ?? 100, burst: limits.joinsBurst ?? 2_000 },
    answers: {
      perSecond: limits.answeredBytesPerSecond ?? 4 * 1_048_576,
      burst: limits.answeredBytesBurst ?? 8 * 1_048_576,
    },
    acknowledgements: ACKNOWLEDGEMENTS,
    replans: REPLANS,
    eventNotifications: perDay(limits.eventNotificationsPerDay ?? 1_000),
    eventRoutes: perDay(limits.eventMessagesPerDay ?? 100),
    roomPasswords: perMinute(ofRoom),
    // Whoever allows more guesses at one room allows more at all of them.
    passwords: perMinute(limits.passwordsPerMinute ?? 4 * ofRoom),
    addressPasswords: perMinute(limits.addressPasswordsPerMinute ?? 20 * ofRoom),
  }
}

/** Enough for all that waits for a user who comes back, in one go. */
const ACKNOWLEDGEMENTS: Rate = { perSecond: 200, burst: 5_000 }

/** Enough to change one's mind a few times while much waits. */
const REPLANS: Rate = { perSecond: 100, burst: 5_000 }

function perDay(count: number): Rate {
  return { perSecond: count / 86_400, burst: Math.max(1, count) }
}

function perMinute(count: number): Rate {
  return { perSecond: count / 60, burst: count }
}

// A room with rules of its own is declared by them, and otherwise like its pattern.
function resolveDefinitions(
  channels: ChannelsConfig,
  rooms: RoomsConfig,
): Map<string, ChannelDefinition> {
  const definitions = new Map(
    Object.entries(channels).map(([pattern, options]) => [pattern, resolveChannel(options)]),
  )
  const declared = new Definitions(new Map(definitions), DEFAULT_DEFINITION)
  for (const [id, { maxUsers, persist }] of Object.entries(rooms)) {
    const definition = declared.of(`room:${id}`) ?? DEFAULT_DEFINITION
    definitions.set(`room:${id}`, {
      ...definition,
      maxUsers: maxUsers ?? definition.maxUsers,
      state: definition.state && { persist: persist ?? definition.state.persist },
    })
  }
  return definitions
}

function resolveChannel(options: ChannelsConfig[string]): ChannelDefinition {
  const { history, state, events } = options
  return {
    subscribe: options.subscribe ?? DEFAULT_DEFINITION.subscribe,
    publish: options.publish ?? DEFAULT_DEFINITION.publish,
    history: history ? { ...DEFAULT_HISTORY, ...(history === true ? {} : history) } : undefined,
    presence: options.presence ?? false,
    state: state ? { persist: state !== true && (state.persist ?? false) } : undefined,
    maxUsers: options.maxUsers,
    schemas: events && declareSchemas({ events }),
  }
}
