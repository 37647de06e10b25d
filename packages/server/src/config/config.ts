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
import type { AllowAddress } from '../features/notifications/user-addresses.ts'
import { type ResolvedHeartbeat, resolveHeartbeat } from '../local/heartbeat-config.ts'
import { ConfigError, checkConfig } from './check-config.ts'
import { hubConfigSchema } from './config-schema.ts'
import {
  fillIn,
  HISTORY,
  NOTIFICATIONS,
  PRESENCE,
  type ResolvedLimits,
  resolveLimits,
  TRIGGERS,
} from './defaults.ts'
import type { ChannelOptions, HeartbeatSettings, HubConfig, RoomOptions } from './hub-config.ts'

const DEFAULT_PREFIX = '/api/realtime'

/** A hub's configuration with every default filled in. */
export interface ResolvedConfig {
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
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** Bytes of keys and values that a channel's shared state may have. */
  readonly stateBytes: number
  /** Keys that a channel's shared state may have. */
  readonly stateKeys: number
  /** Bytes that a channel's snapshot and those being written have together. */
  readonly snapshotBytes: number
  /** Bytes that may wait for one slow receiver. */
  readonly queuedBytes: number
  /** How long a slow receiver may take nothing at all, in ms. */
  readonly sendTimeoutMs: number
  readonly connectionsPerUser: number
  /** Stored subscriptions that a user may have, expired ones not counted. */
  readonly subscriptionsPerUser: number
  /** Different patterns that a user may listen to, and as many that may be stored. */
  readonly patternsPerUser: number
  /** Bytes of the filters of a user's active subscriptions, as JSON. */
  readonly filterBytesPerUser: number
  /** Events that a resume returns at most. */
  readonly recoveredEvents: number
  readonly presenceGraceMs: number
  readonly presenceWindowMs: number
  /** In a channel with more users, followers are told how many there are. */
  readonly presenceListedUsers: number
  /** Notifications are deleted so long after they were made. */
  readonly notificationRetentionMs: number
  /** Notifications in app that a user keeps; 0 for any number. */
  readonly notificationsPerUser: number
  /** Whether users may choose where they are notified by e-mail and webhooks. */
  readonly userAddresses: AllowAddress | boolean
  /** Types of notifications that users neither mute nor refuse. */
  readonly criticalTypes: readonly NotificationType[]
  /** How long the handler of a trigger may take, in ms. */
  readonly triggerTimeoutMs: number
  /** Events of one connection that may wait for their triggers. */
  readonly triggerWaiting: number
  /** How long a durable trigger stays with a node that has died, in ms. */
  readonly triggerLeaseMs: number
  readonly pingIntervalMs: number
  /** After so long a silent connection is closed, in ms. */
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
    limits: givenLimits,
    presence: givenPresence = {},
    notifications: givenNotifications = {},
    triggers: givenTriggers = {},
    heartbeat = {},
    ...rest
  } = checkConfig(hubConfigSchema, config)
  refuseShortSecrets(rest)
  const limits = resolveLimits(givenLimits)
  const presence = fillIn(givenPresence, PRESENCE)
  const notifications = fillIn(givenNotifications, NOTIFICATIONS)
  const triggers = fillIn(givenTriggers, TRIGGERS)
  return {
    prefix: rest.prefix ?? DEFAULT_PREFIX,
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
      frame_bytes: limits.frameBytes,
      json_depth: limits.jsonDepth,
      subscriptions: limits.subscriptions,
      frames_per_second: limits.framesPerSecond,
      frames_burst: limits.framesBurst,
      bytes_per_second: limits.bytesPerSecond,
      bytes_burst: limits.bytesBurst,
      presence_data_bytes: limits.presenceDataBytes,
    },
    abuseLimits: abuseLimitsOf(limits),
    trustedProxies: rest.trustedProxies ?? [],
    stateBytes: limits.stateBytes,
    stateKeys: limits.stateKeys,
    snapshotBytes: limits.snapshotBytes,
    queuedBytes: limits.queuedBytes,
    sendTimeoutMs: limits.sendTimeoutMs,
    connectionsPerUser: limits.connectionsPerUser,
    subscriptionsPerUser: limits.subscriptionsPerUser,
    patternsPerUser: limits.patternsPerUser,
    filterBytesPerUser: limits.filterBytesPerUser,
    recoveredEvents: limits.recoveredEvents,
    presenceGraceMs: presence.graceMs,
    presenceWindowMs: presence.windowMs,
    presenceListedUsers: presence.maxListedUsers,
    notificationRetentionMs: notifications.retentionMs,
    notificationsPerUser: notifications.maxPerUser,
    userAddresses: notifications.userAddresses,
    criticalTypes: notifications.criticalTypes,
    triggerTimeoutMs: triggers.timeoutMs,
    triggerWaiting: triggers.maxWaiting,
    triggerLeaseMs: triggers.leaseMs,
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

function abuseLimitsOf(limits: ResolvedLimits): LimitsOptions {
  return {
    connectionsPerAddress: limits.connectionsPerAddress,
    unidentifiedPerAddress: limits.unidentifiedPerAddress,
    connects: { perSecond: limits.connectsPerSecond, burst: limits.connectsBurst },
    failedAuths: perMinute(limits.failedAuthsPerMinute),
    requests: { perSecond: limits.requestsPerSecond, burst: limits.requestsBurst },
    userRequests: { perSecond: limits.userRequestsPerSecond, burst: limits.userRequestsBurst },
    userFrames: { perSecond: limits.userFramesPerSecond, burst: limits.userFramesBurst },
    userBytes: { perSecond: limits.userBytesPerSecond, burst: limits.userBytesBurst },
    newChannels: { perSecond: limits.newChannelsPerSecond, burst: limits.newChannelsBurst },
    joins: { perSecond: limits.joinsPerSecond, burst: limits.joinsBurst },
    answers: { perSecond: limits.answeredBytesPerSecond, burst: limits.answeredBytesBurst },
    acknowledgements: ACKNOWLEDGEMENTS,
    replans: REPLANS,
    eventNotifications: perDay(limits.eventNotificationsPerDay),
    eventRoutes: perDay(limits.eventMessagesPerDay),
    roomPasswords: perMinute(limits.roomPasswordsPerMinute),
    passwords: perMinute(limits.passwordsPerMinute),
    addressPasswords: perMinute(limits.addressPasswordsPerMinute),
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
  channels: Readonly<Record<string, ChannelOptions>>,
  rooms: Readonly<Record<string, RoomOptions>>,
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

function resolveChannel(options: ChannelOptions): ChannelDefinition {
  const { history, state, events } = options
  return {
    subscribe: options.subscribe ?? DEFAULT_DEFINITION.subscribe,
    publish: options.publish ?? DEFAULT_DEFINITION.publish,
    history: history ? fillIn(history === true ? {} : history, HISTORY) : undefined,
    presence: options.presence ?? false,
    state: state ? { persist: state !== true && (state.persist ?? false) } : undefined,
    maxUsers: options.maxUsers,
    schemas: events && declareSchemas({ events }),
  }
}
