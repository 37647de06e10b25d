import {
  type ChannelContract,
  type ClientLimits,
  DEFAULT_LIMITS,
  eventName,
  isChannelContract,
  isChannelName,
  isChannelPattern,
  isStandardSchema,
  type StandardSchema,
} from '@coterie/protocol'
import { z } from 'zod'
import { type JwtSettings, jwtOption, resolveJwt } from './auth/jwt-options.ts'
import {
  type AccessFunction,
  type ChannelDefinition,
  DEFAULT_DEFINITION,
  Definitions,
  declareSchemas,
} from './core/definitions.ts'
import { parseAddressRange } from './core/limits/address-range.ts'
import type { LimitsOptions } from './core/limits/limits.ts'
import type { Rate } from './core/limits/rate-limiter.ts'

const DEFAULT_HISTORY = { size: 100, ttlMs: 300_000 }
/** Keys whose values no message may show. */
const CONFIDENTIAL: ReadonlySet<PropertyKey> = new Set([
  'jwtSecret',
  'secrets',
  'publicKeys',
  'apiKeys',
  'password',
  'email',
])
const accessFunction = z.custom<AccessFunction>((value) => typeof value === 'function')
const subscribeNames = ['public', 'authenticated', 'granted', 'server'] as const
const publishNames = ['public', 'authenticated', 'granted', 'members', 'server'] as const
const positive = z.int().positive()
/** A bound that 0 takes away. */
const bound = z.int().min(0)
const schema = z.custom<StandardSchema>(isStandardSchema, {
  error: 'expected a schema of a library that follows Standard Schema',
})

function rule<Names extends readonly [string, ...string[]]>(names: Names) {
  const allowed = names.map((name) => `"${name}"`).join(', ')
  return z.union([z.enum(names), accessFunction], { error: `expected ${allowed} or a function` })
}

const channelOptions = z.strictObject({
  subscribe: rule(subscribeNames).optional(),
  publish: rule(publishNames).optional(),
  history: z
    .union(
      [
        z.boolean(),
        z.strictObject({ size: positive.max(1_000_000).optional(), ttlMs: positive.optional() }),
      ],
      { error: 'expected true, false or {size, ttlMs}, both positive integers' },
    )
    .optional(),
  presence: z.boolean().optional(),
  maxUsers: positive.optional(),
  state: z.union([z.boolean(), z.strictObject({ persist: z.boolean().optional() })]).optional(),
  /** Payloads by event name; other events are refused once any is declared. */
  events: z.record(eventName, schema).optional(),
})

const contractsOption = z
  .array(
    z.custom<ChannelContract>(isChannelContract, {
      error: 'expected a contract made by defineChannel',
    }),
  )
  .superRefine((contracts, context) => {
    const templates = new Map<string, string>()
    for (const [index, { pattern, template }] of contracts.entries()) {
      const earlier = templates.get(pattern)
      if (earlier !== undefined) {
        const message = `these are the channels of "${earlier}" already`
        context.addIssue({ code: 'custom', path: [index, 'template'], message })
      }
      templates.set(pattern, template)
    }
  })
  .readonly()

const roomOptions = z.strictObject({
  password: z.string().min(1).max(1_024).optional(),
  maxUsers: positive.optional(),
  persist: z.boolean().optional(),
  metadata: z.record(z.string(), z.json()).optional(),
})

const roomsOption = z.record(
  z.string().refine((id) => isChannelName(`room:${id}`), 'not a room id'),
  roomOptions,
)

const channelsOption = z.record(
  z.string().refine(isChannelPattern, 'not a channel name or pattern'),
  channelOptions,
)

const limitsOption = z.strictObject({
  frameBytes: positive.optional(),
  jsonDepth: positive.max(1_000).optional(),
  subscriptions: positive.optional(),
  framesPerSecond: positive.optional(),
  framesBurst: positive.optional(),
  bytesPerSecond: bound.optional(),
  bytesBurst: positive.optional(),
  presenceDataBytes: positive.optional(),
  stateBytes: positive.optional(),
  stateKeys: positive.optional(),
  queuedBytes: positive.optional(),
  sendTimeoutMs: positive.optional(),
  connectionsPerUser: positive.optional(),
  subscriptionsPerUser: positive.optional(),
  recoveredEvents: positive.optional(),
  connectionsPerAddress: bound.optional(),
  unidentifiedPerAddress: bound.optional(),
  connectsPerSecond: bound.optional(),
  connectsBurst: positive.optional(),
  failedAuthsPerMinute: bound.optional(),
  requestsPerSecond: bound.optional(),
  requestsBurst: positive.optional(),
  userRequestsPerSecond: bound.optional(),
  userRequestsBurst: positive.optional(),
  joinsPerSecond: bound.optional(),
  joinsBurst: positive.optional(),
  roomPasswordsPerMinute: bound.optional(),
})

const presenceOption = z.strictObject({
  graceMs: z.int().min(0).optional(),
  windowMs: z.int().min(0).optional(),
  maxListedUsers: positive.optional(),
})

const notificationsOption = z.strictObject({
  retentionMs: positive.optional(),
})

const triggersOption = z.strictObject({
  timeoutMs: positive.optional(),
  maxWaiting: positive.optional(),
  leaseMs: positive.min(100).optional(),
})

const heartbeatOption = z.strictObject({
  intervalMs: positive.optional(),
  timeoutMs: positive.optional(),
})

/** The options that a hub and a configuration file have in common. */
export const hubConfigSchema = z.strictObject({
  prefix: z
    .string()
    .regex(/^(\/[A-Za-z0-9_.~-]+)+$/, 'expected a path such as /api/realtime')
    .optional(),
  undeclared: z.enum(['deny', 'allow']).optional(),
  channels: channelsOption.optional(),
  /** What may be sent in channels, whatever rules they have. */
  contracts: contractsOption.optional(),
  rooms: roomsOption.optional(),
  jwtSecret: z.string().min(1).optional(),
  jwt: jwtOption.optional(),
  apiKeys: z
    .array(
      z.string().regex(/^\S(.*\S)?$/, 'expected a text that neither begins nor ends with space'),
    )
    .optional(),
  anonymous: z.boolean().optional(),
  allowedOrigins: z
    .array(z.string().refine(isOrigin, 'expected an origin such as https://example.com'))
    .optional(),
  limits: limitsOption.optional(),
  /** Proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: z
    .array(
      z
        .string()
        .refine(
          (text) => parseAddressRange(text) !== undefined,
          'expected an address or a range such as 10.0.0.0/8',
        ),
    )
    .optional(),
  presence: presenceOption.optional(),
  notifications: notificationsOption.optional(),
  triggers: triggersOption.optional(),
  heartbeat: heartbeatOption.optional(),
})

/** How channels behave, who may connect, and what bounds hold. */
export type HubConfig = z.input<typeof hubConfigSchema>

/** How the channels of one pattern behave. */
export type ChannelOptions = z.input<typeof channelOptions>

/** What a room asks of those who enter it. */
export type RoomOptions = z.input<typeof roomOptions>

/** A hub's configuration with every default filled in. */
export interface ResolvedConfig {
  /** @default '/api/realtime' */
  readonly prefix: string
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
  /** Bytes that may wait for one slow receiver. @default 1_048_576 */
  readonly queuedBytes: number
  /** How long a slow receiver may take nothing at all, in ms. @default 5_000 */
  readonly sendTimeoutMs: number
  /** @default 100 */
  readonly connectionsPerUser: number
  /** Stored subscriptions that a user may have, expired ones not counted. @default 1_000 */
  readonly subscriptionsPerUser: number
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
  /** How long the handler of a trigger may take, in ms. @default 5_000 */
  readonly triggerTimeoutMs: number
  /** Events of one connection that may wait for their triggers. @default 100 */
  readonly triggerWaiting: number
  /** How long a durable trigger stays with a node that has died, in ms. @default 15_000 */
  readonly triggerLeaseMs: number
  /** @default 15_000 */
  readonly pingIntervalMs: number
  /** @default 45_000 */
  readonly silenceTimeoutMs: number
}

/** Says what is wrong with a configuration: the key, the value, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
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
  return {
    prefix: rest.prefix ?? '/api/realtime',
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
    queuedBytes: limits.queuedBytes ?? 1_048_576,
    sendTimeoutMs: limits.sendTimeoutMs ?? 5_000,
    connectionsPerUser: limits.connectionsPerUser ?? 100,
    subscriptionsPerUser: limits.subscriptionsPerUser ?? 1_000,
    recoveredEvents: limits.recoveredEvents ?? 10_000,
    presenceGraceMs: presence.graceMs ?? 15_000,
    presenceWindowMs: presence.windowMs ?? 50,
    presenceListedUsers: presence.maxListedUsers ?? 1_000,
    notificationRetentionMs: notifications.retentionMs ?? 7_776_000_000,
    triggerTimeoutMs: triggers.timeoutMs ?? 5_000,
    triggerWaiting: triggers.maxWaiting ?? 100,
    triggerLeaseMs: triggers.leaseMs ?? 15_000,
    pingIntervalMs: heartbeat.intervalMs ?? 15_000,
    silenceTimeoutMs: heartbeat.timeoutMs ?? 45_000,
  }
}

// Generous: one address may be a company, a mobile network, or a proxy that nobody declared.
function resolveAbuseLimits(limits: z.output<typeof limitsOption>): LimitsOptions {
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
    joins: { perSecond: limits.joinsPerSecond ?? 100, burst: limits.joinsBurst ?? 2_000 },
    roomPasswords: perMinute(limits.roomPasswordsPerMinute ?? 5),
  }
}

function perMinute(count: number): Rate {
  return { perSecond: count / 60, burst: count }
}

/**
 * Checks a value against a schema of configuration.
 *
 * @throws {ConfigError} naming the first key that is wrong, its value and what is allowed
 */
export function checkConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const issue = checked.error.issues[0]
  if (!issue) throw new ConfigError('the configuration is not valid')
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0]].join('.')
    throw new ConfigError(`unknown key "${path}"; known here: ${knownKeys(schema, issue.path)}`)
  }
  const given = issue.path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  )
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message
  const isHidden = given !== undefined && issue.path.some((key) => CONFIDENTIAL.has(key))
  const shown = isHidden ? '(not shown)' : show(given)
  throw new ConfigError(`"${issue.path.join('.')}" is ${shown}: ${message}`)
}

// A room with rules of its own is declared by them, and otherwise like its pattern.
function resolveDefinitions(
  channels: z.output<typeof channelsOption>,
  rooms: z.output<typeof roomsOption>,
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

function resolveChannel(options: z.output<typeof channelOptions>): ChannelDefinition {
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

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string {
  let at: z.ZodType | undefined = schema
  for (const key of path) {
    while (at instanceof z.ZodOptional) at = at.unwrap() as z.ZodType
    if (at instanceof z.ZodObject) at = at.shape[key as string] as z.ZodType | undefined
    else if (at instanceof z.ZodRecord) at = at.valueType as z.ZodType
  }
  while (at instanceof z.ZodOptional) at = at.unwrap() as z.ZodType
  return at instanceof z.ZodObject ? Object.keys(at.shape).join(', ') : 'none'
}

function show(value: unknown): string {
  const text = typeof value === 'function' ? 'a function' : JSON.stringify(value)
  return text === undefined ? 'missing' : text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}
