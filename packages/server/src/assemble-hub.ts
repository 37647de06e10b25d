import { createCore } from './assemble-core.ts'
import { createFoundation } from './assemble-foundation.ts'
import { createScryptHasher } from './auth/scrypt-hasher.ts'
import { checkRealtime } from './check-realtime.ts'
import type { ResolvedConfig } from './config/config.ts'
import { ChannelReader } from './core/channel-reader.ts'
import { Dispatcher } from './core/dispatcher.ts'
import type { Feature } from './core/feature.ts'
import { hubFigures } from './core/figures.ts'
import { FrameHandlers } from './core/frame-handlers.ts'
import { Peers } from './core/peers.ts'
import { channelsFeature } from './features/channels.ts'
import { connectionFeature } from './features/connection.ts'
import { createConnectionServices } from './features/connections/create-connection-services.ts'
import { EphemeralEvents } from './features/ephemeral/ephemeral-events.ts'
import { InProcessChannels } from './features/in-process/in-process-channels.ts'
import { createNotifications } from './features/notifications/create-notifications.ts'
import { presenceFeature } from './features/presence/presence.ts'
import { PresenceReader } from './features/presence/presence-reader.ts'
import { PresenceWatch } from './features/presence/presence-watch.ts'
import { createRevocations } from './features/revocation/create-revocations.ts'
import { createRooms } from './features/rooms/create-rooms.ts'
import { snapshotsFeature } from './features/snapshots/snapshots.ts'
import { createState } from './features/state/create-state.ts'
import { createSubscriptions } from './features/subscriptions/create-subscriptions.ts'
import { createTriggers } from './features/triggers/create-triggers.ts'
import type { HubOptions } from './hub-options.ts'
import type { HubParts } from './hub-parts.ts'

/** Makes the parts of a hub and joins them: the only place where that happens. */
export function assembleHub(options: HubOptions, config: ResolvedConfig): HubParts {
  const foundation = createFoundation(options, config)
  const { engine, store, clock, random, logger, ids, limits, turns, traffic, node } = foundation
  const { deliveryFigures } = foundation
  const core = createCore(options, config, foundation, () => features)
  const { host, lifecycle, started, definitions, access, check, interest, fanout } = core
  const { publisher, serverPublisher, logs, connections, memberships, sessions, joiner } = core

  const channelReader = new ChannelReader({ engine, access, interest, logs, limits })
  const channels = channelsFeature({
    channelReader,
    access,
    memberships,
    joiner,
    publisher,
    host,
    limits,
  })

  const revocations = createRevocations({
    registry: core.revocationRegistry,
    connections,
    memberships,
    clock,
    started,
  })

  const rooms = createRooms({
    registry: core.roomRegistry,
    engine,
    hasher: options.passwordHasher ?? createScryptHasher(random),
    memberships,
    limits,
    turns,
    clock,
    random,
    logger,
    node,
    graceMs: config.presenceGraceMs,
    started,
  })

  const notifications = createNotifications({
    store,
    engine,
    connections,
    limits,
    senders: options.senders ?? [],
    retentionMs: config.notificationRetentionMs,
    maxPerUser: config.notificationsPerUser,
    userAddresses: config.userAddresses,
    criticalTypes: config.criticalTypes,
    clock,
    random,
    ids,
    logger,
    started,
  })

  const subscriptions = createSubscriptions({
    repository: store.subscriptions,
    engine,
    access,
    definitions,
    interest,
    connections,
    notify: (notification) => notifications.service.create(notification),
    limits,
    deliveryFigures,
    maxPerUser: config.subscriptionsPerUser,
    maxFilterBytes: config.filterBytesPerUser,
    maxPatterns: config.patternsPerUser,
    clock,
    ids,
    logger,
    started,
  })

  const { triggers, deadLetters } = createTriggers({
    repository: store.triggers,
    engine,
    publisher,
    serverPublisher,
    definitions,
    contracts: config.contracts,
    interest,
    bounds: {
      timeoutMs: config.triggerTimeoutMs,
      maxWaiting: config.triggerWaiting,
      leaseMs: config.triggerLeaseMs,
    },
    clock,
    random,
    ids,
    logger,
    node,
    started,
  })

  const presence = presenceFeature({
    engine,
    access,
    interest,
    check,
    graceMs: config.presenceGraceMs,
    windowMs: config.presenceWindowMs,
    maxListedUsers: config.presenceListedUsers,
    maxDataBytes: config.clientLimits.presence_data_bytes,
    clock,
    logger,
    node,
  })

  const inProcess = new InProcessChannels({
    engine,
    host,
    lifecycle,
    serverPublisher,
    fanout,
    interest,
    definitions,
    memberships,
    appearances: presence,
    heartbeat: config.heartbeat,
    bufferSize: options.channelBufferSize,
    clock,
    ids,
    logger,
    node,
  })

  const presenceWatch = new PresenceWatch(engine)
  const ephemeral = new EphemeralEvents({
    engine,
    interest,
    fanout,
    access,
    presence: presenceWatch,
    realtime: options.realtime && checkRealtime(options.realtime),
    limits,
    clock,
    random,
    logger,
    node,
    started,
  })

  const state = createState({
    engine,
    access,
    check,
    limits,
    bounds: { maxBytes: config.stateBytes, maxKeys: config.stateKeys },
    clock,
    logger,
    node,
    started,
  })

  const { anonymous, snapshotBytes: maxSnapshotBytes } = config
  const { authenticator } = core
  const { failedAuths } = limits
  // In the order in which they are asked and told; they close in the reverse order.
  const features: readonly Feature[] = [
    // Lets all connections go before anything else stops.
    sessions,
    // What is counted of connections is counted before anybody acts by them.
    limits.connections,
    limits.unreadAnswers,
    limits.guests,
    connectionFeature({ authenticator, anonymous, failedAuths, sessions, turns }),
    channels,
    // Whatever may refuse one who enters a channel comes before what shows them to others.
    revocations.feature,
    ...rooms.features,
    // Before triggers, and so closed after them: what handlers still publish is followed up.
    notifications.feature,
    subscriptions.feature,
    // The last who may refuse: a handler is asked about those alone who would be let in.
    triggers,
    // Code of this process sees who comes before connections and callbacks are told.
    inProcess,
    presenceWatch,
    presence,
    state.feature,
    snapshotsFeature({ engine, access, limits, maxSnapshotBytes }),
    // Takes the events that carry signals between nodes, which are for nobody else.
    ...ephemeral.features,
  ]

  const dispatcher = new Dispatcher({
    handlers: new FrameHandlers(features, logger),
    sessions,
    users: limits,
    refused: limits.figures,
    limits: config.clientLimits,
    turns,
    traffic,
    clock,
  })
  const {
    connections: administration,
    webSockets,
    sse,
  } = createConnectionServices(connections, ids, config.clientLimits.frame_bytes)
  const { local } = inProcess
  return {
    lifecycle,
    serverPublisher,
    peers: new Peers({ sessions, dispatcher, joiner, limits }),
    access,
    userTokens: core.userTokens,
    triggers,
    local,
    figures: () =>
      hubFigures({
        connections,
        channels: interest,
        deliveries: deliveryFigures,
        traffic,
        refused: limits.figures,
        filters: subscriptions.figures,
      }),
    services: {
      clock,
      logger,
      limits,
      traffic,
      turns,
      authenticator,
      channels: local.channels,
      presence: local.presence,
      broadcast: local.broadcast,
      heartbeat: local.heartbeat,
      channelReader,
      connections: administration,
      deadLetters,
      ephemeral,
      notifications: notifications.service,
      presenceReader: new PresenceReader(engine, access, limits, started),
      revocations: revocations.service,
      rooms: rooms.service,
      sse,
      state: state.server,
      subscriptions: subscriptions.service,
      trigger: triggers.register,
      webSockets,
    },
  }
}
