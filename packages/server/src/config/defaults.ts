import { DEFAULT_LIMITS } from '@coterie/protocol'
import { CRITICAL_TYPES } from '../features/notifications/recipient-plan.ts'
import type {
  HistoryOptions,
  NotificationsConfig,
  PresenceConfig,
  TriggersConfig,
} from './hub-config.ts'
import type { LimitsConfig } from './limits-config.ts'

const MIB = 1_048_576
const DAY_MS = 86_400_000

/** Every limit with a value. */
export type ResolvedLimits = { readonly [Name in keyof LimitsConfig]-?: number }

/** Limits whose defaults follow from those of other limits. */
type DerivedLimit =
  | 'userFramesPerSecond'
  | 'userFramesBurst'
  | 'passwordsPerMinute'
  | 'addressPasswordsPerMinute'

/**
 * The limits that hold where a configuration says nothing.
 *
 * Generous: one address may be a company, a mobile network, or an undeclared proxy.
 */
export const LIMITS: Omit<ResolvedLimits, DerivedLimit> = {
  frameBytes: DEFAULT_LIMITS.frame_bytes,
  jsonDepth: DEFAULT_LIMITS.json_depth,
  subscriptions: DEFAULT_LIMITS.subscriptions,
  framesPerSecond: DEFAULT_LIMITS.frames_per_second,
  framesBurst: DEFAULT_LIMITS.frames_burst,
  bytesPerSecond: DEFAULT_LIMITS.bytes_per_second,
  bytesBurst: DEFAULT_LIMITS.bytes_burst,
  presenceDataBytes: DEFAULT_LIMITS.presence_data_bytes,
  stateBytes: MIB / 4,
  stateKeys: 1_000,
  snapshotBytes: 32 * MIB,
  queuedBytes: MIB,
  sendTimeoutMs: 5_000,
  connectionsPerUser: 100,
  subscriptionsPerUser: 1_000,
  patternsPerUser: 256,
  filterBytesPerUser: MIB,
  recoveredEvents: 10_000,
  connectionsPerAddress: 10_000,
  unidentifiedPerAddress: 5_000,
  connectsPerSecond: 500,
  connectsBurst: 10_000,
  failedAuthsPerMinute: 300,
  requestsPerSecond: 500,
  requestsBurst: 2_000,
  userRequestsPerSecond: 50,
  userRequestsBurst: 500,
  userBytesPerSecond: 4 * MIB,
  userBytesBurst: 16 * MIB,
  newChannelsPerSecond: 10,
  newChannelsBurst: 1_000,
  joinsPerSecond: 100,
  joinsBurst: 2_000,
  answeredBytesPerSecond: 4 * MIB,
  answeredBytesBurst: 8 * MIB,
  eventNotificationsPerDay: 1_000,
  eventMessagesPerDay: 100,
  roomPasswordsPerMinute: 5,
}

/** The presence that holds where a configuration says nothing. */
export const PRESENCE: Required<PresenceConfig> = {
  graceMs: 15_000,
  windowMs: 50,
  maxListedUsers: 1_000,
}

/** The notifications that hold where a configuration says nothing. */
export const NOTIFICATIONS: Required<NotificationsConfig> = {
  retentionMs: 90 * DAY_MS,
  maxPerUser: 10_000,
  userAddresses: false,
  criticalTypes: [...CRITICAL_TYPES],
}

/** The triggers that hold where a configuration says nothing. */
export const TRIGGERS: Required<TriggersConfig> = {
  timeoutMs: 5_000,
  maxWaiting: 100,
  leaseMs: 15_000,
}

/** The history of a channel with `history: true`. */
export const HISTORY: Required<HistoryOptions> = { size: 100, ttlMs: 300_000 }

/** Fills in what options leave out, or give as undefined. */
export function fillIn<Options extends object>(given: object, defaults: Options): Options {
  const said = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(said) }
}

/** Fills in the limits that a configuration leaves out. */
export function resolveLimits(given: LimitsConfig = {}): ResolvedLimits {
  const limits = fillIn(given, LIMITS)
  const { connectionsPerUser: connections, roomPasswordsPerMinute: ofRoom } = limits
  return fillIn(given, {
    ...limits,
    // As much as all connections of a user may send by themselves.
    userFramesPerSecond: connections * limits.framesPerSecond,
    userFramesBurst: connections * limits.framesBurst,
    // Whoever allows more guesses at one room allows more at all of them.
    passwordsPerMinute: 4 * ofRoom,
    addressPasswordsPerMinute: 20 * ofRoom,
  })
}
