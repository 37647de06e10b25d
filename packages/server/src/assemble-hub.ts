import type { JsonLike, Result } from '@coterie/protocol'
import { createJwtAuthenticator, noAuthenticator } from './auth/jwt-authenticator.ts'
import { createScryptHasher } from './auth/scrypt-hasher.ts'
import { ServerKeys } from './auth/server-keys.ts'
import { UserTokens } from './auth/user-tokens.ts'
import { checkRealtime } from './check-realtime.ts'
import type { ResolvedConfig } from './config/config.ts'
import { Access } from './core/access.ts'
import { ChannelReader } from './core/channel-reader.ts'
import { Definitions } from './core/definitions.ts'
import { createDeliveryFigures } from './core/delivery-figures.ts'
import { Dispatcher } from './core/dispatcher.ts'
import { EventFrames } from './core/event-frames.ts'
import { Fanout } from './core/fanout.ts'
import type { Feature } from './core/feature.ts'
import { FlushQueue } from './core/flush-queue.ts'
import { Ids } from './core/ids.ts'
import { Interest } from './core/interest.ts'
import { Joiner } from './core/joiner.ts'
import { Limits } from './core/limits/limits.ts'
import { LogReader } from './core/log-reader.ts'
import { Memberships } from './core/memberships.ts'
import { PayloadCheck } from './core/payload-check.ts'
import { Publisher } from './core/publisher.ts'
import { ReadTurns } from './core/read-turns.ts'
import { recheckMemberships } from './core/recheck-memberships.ts'
import { type Published, type PublishOptions, ServerPublisher } from './core/server-publisher.ts'
import { Sessions } from './core/sessions.ts'
import { StallWatch } from './core/stall-watch.ts'
import { createTrafficFigures } from './core/traffic-figures.ts'
import { UserTurns } from './core/user-turns.ts'
import { channelsFeature } from './features/channels.ts'
import { connectionFeature } from './features/connection.ts'
import { createConnectionServices } from './features/connections/create-connection-services.ts'
import { EphemeralEvents } from './features/ephemeral/ephemeral-events.ts'
import { createNotifications } from './features/notifications/create-notifications.ts'
import type { HubPresence } from './features/presence/hub-presence.ts'
import { presenceFeature } from './features/presence/presence.ts'
import { PresenceReader } from './features/presence/presence-reader.ts'
import { PresenceWatch } from './features/presence/presence-watch.ts'
import { SharedChannels } from './features/presence/shared-channels.ts'
import { createRevocations } from './features/revocation/create-revocations.ts'
import { createRooms } from './features/rooms/create-rooms.ts'
import { snapshotsFeature } from './features/snapshots/snapshots.ts'
import { createState } from './features/state/create-state.ts'
import { createSubscriptions } from './features/subscriptions/create-subscriptions.ts'
import { createTriggers } from './features/triggers/create-triggers.ts'
import type { HubOptions } from './hub-options.ts'
import type { HubChannels } from './local/hub-channels.ts'
import { chooseStorage } from './storage/choose-storage.ts'
import { consoleLogger } from './system/console-logger.ts'
import { systemClock } from './system/system-clock.ts'
import { systemRandom } from './system/system-random.ts'

/** Bytes that a transport may hold before its receiver counts as slow, where more may be queued. */
const MAX_CONGESTED_BYTES = 65_536
const NODE_BYTES = 9

/** What the parts need of the hub that they make up. */
export interface HubHost {
  /** Resolves when store and engine are open. */
  readonly started: () => Promise<void>
  /** Publishes as the server. */
  readonly publish: (
    channel: string,
    event: string,
    payload: JsonLike,
    options: PublishOptions,
  ) => Promise<Result<Published>>
  /** Who is present of this process. */
  readonly presence: HubPresence
  /** The channels that this process made. */
  readonly channels: HubChannels
}

/** What a hub is made of. */
export type HubParts = ReturnType<typeof assembleHub>

/** Makes the parts of a hub and joins them: the only place where that happens. */
export function assembleHub(options: HubOptions, config: ResolvedConfig, host: HubHost) {
  const means = createMeans(options, config, host)
  const identity = createIdentity(options, config, means)
  const ways = createWays(options, config, means, host)
  const services = createServices(options, config, means, ways, host)
  const life = createLife(config, means, identity, ways, services, host)
  const stored = createStored(options, config, means, ways, life)
  const parts = { ...means, ...identity, ...ways, ...services, ...life, ...stored }
  life.features.push(...createFeatures(config, parts))
  const dispatcher = new Dispatcher({
    ...means,
    features: life.features,
    limits: config.clientLimits,
    refused: means.limits.figures,
    users: means.limits,
    onHeard: (connection) => life.sessions.heard(connection),
    onSettled: (connection) => life.sessions.settle(connection),
  })
  return { ...parts, dispatcher }
}

type Means = ReturnType<typeof createMeans>
type Identity = ReturnType<typeof createIdentity>
type Ways = ReturnType<typeof createWays>
type Services = ReturnType<typeof createServices>
type Life = ReturnType<typeof createLife>
type Stored = ReturnType<typeof createStored>

/** What nearly every part works with. */
function createMeans(options: HubOptions, config: ResolvedConfig, { started }: HubHost) {
  const { clock = systemClock, random = systemRandom, logger = consoleLogger } = options
  return {
    clock,
    random,
    logger,
    ...chooseStorage(options, { clock, random, logger }),
    ids: new Ids(clock, random),
    limits: new Limits(config.abuseLimits, clock),
    deliveryFigures: createDeliveryFigures(),
    traffic: createTrafficFigures(),
    turns: new UserTurns(clock),
    node: Buffer.from(random.bytes(NODE_BYTES)).toString('hex'),
    started,
  }
}

/** Who is calling, and for how long. */
function createIdentity({ authenticator }: HubOptions, config: ResolvedConfig, means: Means) {
  const revocations = createRevocations(means)
  const verifier = authenticator ?? createJwtAuthenticator(config.jwt, means)
  const userTokens = new UserTokens({
    authenticator: verifier,
    serverKeys: new ServerKeys(config.apiKeys),
    clock: means.clock,
    revoked: revocations.check,
  })
  return {
    revocations,
    userTokens,
    authenticator: verifier === noAuthenticator ? verifier : userTokens,
  }
}

/** The ways of events: what may be sent where, and who hears it. */
function createWays(
  options: HubOptions,
  config: ResolvedConfig,
  means: Means,
  { channels }: HubHost,
) {
  const { engine, clock, ids, random, logger, deliveryFigures, traffic } = means
  const { undeclared, contracts } = config
  const definitions = new Definitions(config.definitions, undeclared, contracts)
  const hasher = options.passwordHasher ?? createScryptHasher(random)
  const rooms = createRooms({
    ...means,
    definitions,
    declared: config.rooms,
    hasher,
    graceMs: config.presenceGraceMs,
  })
  const access = new Access(definitions, rooms.guard)
  const check = new PayloadCheck(logger)
  const interest = new Interest(engine)
  const fanout = new Fanout(interest, access, deliveryFigures)
  const publisher = new Publisher(engine, clock, ids, check, traffic)
  const serverPublisher = new ServerPublisher(access, interest, fanout, publisher, channels)
  const logs = new LogReader(engine, access, new ReadTurns(clock))
  const features: Feature[] = []
  const memberships = new Memberships(interest, features)
  return {
    definitions,
    rooms,
    access,
    check,
    interest,
    fanout,
    publisher,
    serverPublisher,
    logs,
    features,
    memberships,
  }
}

/** What the application reads and changes. */
function createServices(
  { realtime }: HubOptions,
  config: ResolvedConfig,
  means: Means,
  ways: Ways,
  { publish }: HubHost,
) {
  const { engine, store, limits, started } = means
  const { access } = ways
  const presenceWatch = new PresenceWatch(engine)
  return {
    channelReader: new ChannelReader({ ...means, ...ways }),
    presenceReader: new PresenceReader(engine, access, limits, started),
    presenceWatch,
    presence: presenceFeature({
      ...means,
      ...ways,
      graceMs: config.presenceGraceMs,
      windowMs: config.presenceWindowMs,
      maxListedUsers: config.presenceListedUsers,
      maxDataBytes: config.clientLimits.presence_data_bytes,
    }),
    ephemeral: new EphemeralEvents({
      ...means,
      ...ways,
      presence: presenceWatch,
      realtime: realtime && checkRealtime(realtime),
    }),
    state: createState({
      ...means,
      ...ways,
      bounds: { maxBytes: config.stateBytes, maxKeys: config.stateKeys },
    }),
    triggers: createTriggers({
      ...means,
      ...ways,
      repository: store.triggers,
      publish,
      contracts: config.contracts,
      bounds: {
        timeoutMs: config.triggerTimeoutMs,
        maxWaiting: config.triggerWaiting,
        leaseMs: config.triggerLeaseMs,
      },
    }),
  }
}

/** The life of connections: how they come, enter channels, are sent to, and go. */
function createLife(
  config: ResolvedConfig,
  means: Means,
  { revocations }: Identity,
  ways: Ways,
  { triggers }: Services,
  { presence }: HubHost,
) {
  const { clock, limits, deliveryFigures } = means
  const { access, memberships, logs } = ways
  const sessions = new Sessions({
    ...means,
    ...ways,
    options: config,
    revoked: revocations.check,
    admit: (connection) => triggers.triggers.admit(connection),
    onRefreshed: (connection) => recheckMemberships(access, memberships, connection),
    refused: limits.figures,
    outboxContext: {
      flushQueue: new FlushQueue(clock),
      stallWatch: new StallWatch(clock, config.sendTimeoutMs),
      logs,
      frames: new EventFrames(),
      figures: deliveryFigures,
      maxQueuedBytes: config.queuedBytes,
      congestedBytes: Math.min(MAX_CONGESTED_BYTES, config.queuedBytes / 4),
    },
  })
  const joiner = new Joiner({
    ...means,
    ...ways,
    maxSubscriptions: config.clientLimits.subscriptions,
    maxPatterns: config.patternsPerUser,
    maxRecoveredEvents: config.recoveredEvents,
  })
  return {
    sessions,
    joiner,
    sharedChannels: new SharedChannels({ ...means, ...ways, presence }),
    connectionServices: createConnectionServices(
      sessions.connections,
      means.ids,
      config.clientLimits.frame_bytes,
    ),
    features: ways.features,
  }
}

/** What is kept in the store, and finds its users wherever they are connected. */
function createStored(
  { senders = [] }: HubOptions,
  config: ResolvedConfig,
  means: Means,
  ways: Ways,
  { sessions: { connections } }: Life,
) {
  const notifications = createNotifications({
    ...means,
    connections,
    senders,
    retentionMs: config.notificationRetentionMs,
    maxPerUser: config.notificationsPerUser,
    userAddresses: config.userAddresses,
    criticalTypes: config.criticalTypes,
  })
  const subscriptions = createSubscriptions({
    ...means,
    ...ways,
    repository: means.store.subscriptions,
    connections,
    notify: (notification) => notifications.service.create(notification),
    maxPerUser: config.subscriptionsPerUser,
    maxFilterBytes: config.filterBytesPerUser,
    maxPatterns: config.patternsPerUser,
  })
  ways.fanout.outreach = subscriptions.outreach
  ways.publisher.follower = subscriptions.follower
  return { notifications, subscriptions }
}

/** The features, in the order in which they are asked: whatever refuses comes before what shows. */
function createFeatures(
  config: ResolvedConfig,
  parts: Means & Identity & Ways & Services & Life & Stored,
): Feature[] {
  const { limits, sessions, features, memberships, triggers, turns } = parts
  return [
    limits.connections,
    limits.unreadAnswers,
    limits.guests,
    connectionFeature({
      ...parts,
      config,
      failedAuths: limits.failedAuths,
      // Many tokens may be verified at once, by threads; whoever they name comes in turns.
      identify: async (connection, principal) => {
        await turns.take(connection)
        return sessions.identify(connection, principal)
      },
    }),
    channelsFeature({
      ...parts,
      guard: triggers.guard,
      onPublished: (connection, channel) => {
        for (const feature of features) feature.onPublished?.(connection, channel)
      },
    }),
    parts.revocations.createFeature({ connections: sessions.connections, memberships }),
    ...parts.rooms.createFeatures(memberships),
    // After whatever else may refuse one who enters, and before they are seen.
    triggers.triggers,
    parts.presence,
    parts.state.feature,
    snapshotsFeature({ ...parts, maxSnapshotBytes: config.snapshotBytes }),
    parts.notifications.feature,
    parts.subscriptions.feature,
    ...parts.ephemeral.features,
  ]
}
