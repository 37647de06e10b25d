import {
  type ChannelContract,
  canonicalChannel,
  eventName,
  isChannelContract,
  isChannelName,
  isChannelPattern,
  isStandardSchema,
  NOTIFICATION_TYPES,
  type StandardSchema,
} from '@coterie/protocol'
import { z } from 'zod'
import { jwtOption } from '../auth/jwt-options.ts'
import { sharedSecret } from '../auth/shared-secret.ts'
import type { AccessFunction } from '../core/definitions.ts'
import { parseAddressRange } from '../core/limits/address-range.ts'
import type { AllowAddress } from '../features/notifications/user-addresses.ts'

const accessFunction = z.custom<AccessFunction>((value) => typeof value === 'function')
const subscribeNames = ['public', 'authenticated', 'granted', 'server'] as const
const publishNames = ['public', 'authenticated', 'granted', 'members', 'server'] as const
const positive = z.int().positive()
/** Browsers ignore a longer wait. */
const MAX_SSE_RETRY_MS = 2 ** 31 - 1
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
        const message = `the contract "${earlier}" already covers these channels`
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
  z
    .string()
    .refine(
      (id) => isChannelName(`room:${id}`),
      'expected a room id: segments of A–Z a–z 0–9 _ . @ = - joined by ":"',
    ),
  roomOptions,
)

const channelsOption = z.record(
  z
    .string()
    .refine(
      (pattern) => isChannelPattern(canonicalChannel(pattern)),
      'expected a channel name, or a pattern such as room:*',
    ),
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
  snapshotBytes: positive.optional(),
  queuedBytes: positive.optional(),
  sendTimeoutMs: positive.optional(),
  connectionsPerUser: positive.optional(),
  subscriptionsPerUser: positive.optional(),
  patternsPerUser: positive.optional(),
  filterBytesPerUser: positive.optional(),
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
  userFramesPerSecond: bound.optional(),
  userFramesBurst: positive.optional(),
  userBytesPerSecond: bound.optional(),
  userBytesBurst: positive.optional(),
  newChannelsPerSecond: bound.optional(),
  newChannelsBurst: positive.optional(),
  joinsPerSecond: bound.optional(),
  joinsBurst: positive.optional(),
  answeredBytesPerSecond: bound.optional(),
  answeredBytesBurst: positive.optional(),
  eventNotificationsPerDay: bound.optional(),
  eventMessagesPerDay: bound.optional(),
  roomPasswordsPerMinute: bound.optional(),
  passwordsPerMinute: bound.optional(),
  addressPasswordsPerMinute: bound.optional(),
})

const presenceOption = z.strictObject({
  graceMs: z.int().min(0).optional(),
  windowMs: z.int().min(0).optional(),
  maxListedUsers: positive.optional(),
})

const userAddresses = z.custom<boolean | AllowAddress>(
  (value) => typeof value === 'boolean' || typeof value === 'function',
  'expected true, false or a function',
)

const notificationsOption = z.strictObject({
  retentionMs: positive.optional(),
  maxPerUser: bound.optional(),
  userAddresses: userAddresses.optional(),
  criticalTypes: z.array(z.enum(NOTIFICATION_TYPES)).optional(),
})

const triggersOption = z.strictObject({
  timeoutMs: positive.optional(),
  maxWaiting: positive.optional(),
  leaseMs: positive.min(100).optional(),
})

/** A time that may be given in ms or in seconds, by fields of the same beginning. */
const seconds = z.number().min(0.001).max(86_400).optional()

const heartbeatOption = z
  .strictObject({
    intervalSecs: seconds,
    intervalMs: positive.optional(),
    timeoutSecs: seconds,
    timeoutMs: positive.optional(),
    maxRetries: positive.max(1_000).optional(),
    sseRetryMs: z.int().min(0).max(MAX_SSE_RETRY_MS).optional(),
    sendKeepalive: z.boolean().optional(),
  })
  .superRefine((given, context) => {
    for (const time of ['interval', 'timeout'] as const) {
      if (given[`${time}Ms`] === undefined || given[`${time}Secs`] === undefined) continue
      const message = `${time}Ms and ${time}Secs mean the same; give only one`
      context.addIssue({ code: 'custom', path: [`${time}Ms`], message })
    }
  })

const NO_SERVER_KEYS = 'expected server keys (COTERIE_API_KEY), or leave the option out'

/** Checks the options that a hub and a configuration file have in common; `HubConfig` says them. */
export const hubConfigSchema = z.strictObject({
  prefix: z
    .string()
    .regex(/^(\/[A-Za-z0-9_.~-]+)+$/, 'expected a path such as /api/realtime')
    .optional(),
  undeclared: z.enum(['deny', 'allow']).optional(),
  rootPaths: z.boolean().optional(),
  channels: channelsOption.optional(),
  contracts: contractsOption.optional(),
  rooms: roomsOption.optional(),
  // Left out, or with a value: an unset variable must not silently turn a key off.
  jwtSecret: sharedSecret.exactOptional(),
  allowShortSecrets: z.boolean().optional(),
  jwt: jwtOption.exactOptional(),
  apiKeys: z
    .array(
      z.string().regex(/^\S(.*\S)?$/, 'expected a text that neither begins nor ends with space'),
      NO_SERVER_KEYS,
    )
    .min(1, NO_SERVER_KEYS)
    .exactOptional(),
  anonymous: z.boolean().optional(),
  allowedOrigins: z
    .array(z.string().refine(isOrigin, 'expected an origin such as https://example.com'))
    .exactOptional(),
  limits: limitsOption.optional(),
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

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}
