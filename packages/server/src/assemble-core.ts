import type { Foundation } from './assemble-foundation.ts'
import { createJwtAuthenticator, noAuthenticator } from './auth/jwt-authenticator.ts'
import { ServerKeys } from './auth/server-keys.ts'
import { UserTokens } from './auth/user-tokens.ts'
import type { ResolvedConfig } from './config/config.ts'
import { Access } from './core/access.ts'
import { Connections } from './core/connections.ts'
import { Definitions } from './core/definitions.ts'
import { EventFrames } from './core/event-frames.ts'
import { Fanout } from './core/fanout.ts'
import type { Feature } from './core/feature.ts'
import { FeatureHost } from './core/feature-host.ts'
import { FlushQueue } from './core/flush-queue.ts'
import { HubLifecycle } from './core/hub-lifecycle.ts'
import { Interest } from './core/interest.ts'
import { Joiner } from './core/joiner.ts'
import { LogReader } from './core/log-reader.ts'
import { Memberships } from './core/memberships.ts'
import type { OutboxContext } from './core/outbox.ts'
import { PayloadCheck } from './core/payload-check.ts'
import { Publisher } from './core/publisher.ts'
import { ReadTurns } from './core/read-turns.ts'
import { ServerPublisher } from './core/server-publisher.ts'
import { Sessions } from './core/sessions.ts'
import { StallWatch } from './core/stall-watch.ts'
import { RevocationRegistry } from './features/revocation/revocation-registry.ts'
import { RoomRegistry } from './features/rooms/room-registry.ts'
import type { HubOptions } from './hub-options.ts'
import type { Authenticator } from './ports/authenticator.ts'

/** Bytes that a transport may hold before its receiver counts as slow, where more may be queued. */
const MAX_CONGESTED_BYTES = 65_536

/** What features work with: who may do what, who hears it, and the life of connections. */
export interface Core {
  /** Asks and tells the features. */
  readonly host: FeatureHost
  readonly lifecycle: HubLifecycle
  /** Resolves when engine and store are open. */
  readonly started: () => Promise<void>

  /** The rooms, which say who is kept out of a channel and what holds in it. */
  readonly roomRegistry: RoomRegistry
  readonly definitions: Definitions
  readonly access: Access
  /** What is revoked, which says whose token does not count any more. */
  readonly revocationRegistry: RevocationRegistry
  readonly userTokens: UserTokens
  readonly authenticator: Authenticator

  readonly check: PayloadCheck
  readonly interest: Interest
  readonly fanout: Fanout
  readonly publisher: Publisher
  readonly serverPublisher: ServerPublisher
  readonly logs: LogReader

  readonly connections: Connections
  readonly memberships: Memberships
  readonly sessions: Sessions
  readonly joiner: Joiner
}

/**
 * Makes the core of a hub.
 *
 * @param features returns the features that work with it; asked for once the hub is put together
 */
export function createCore(
  options: HubOptions,
  config: ResolvedConfig,
  foundation: Foundation,
  features: () => readonly Feature[],
): Core {
  const { engine, store, clock, ids, limits, turns, traffic, deliveryFigures, logger } = foundation
  const roomRegistry = new RoomRegistry(engine, config.rooms, () => clock.now())
  const definitions = new Definitions(
    config.definitions,
    config.undeclared,
    config.contracts,
    (channel, definition) => roomRegistry.refine(channel, definition),
  )
  const access = new Access(definitions, roomRegistry)
  const interest = new Interest(engine)
  const fanout = new Fanout(interest, access, deliveryFigures)
  const host = new FeatureHost(fanout, features)

  const revocationRegistry = new RevocationRegistry(engine, () => clock.now())
  const verifier = options.authenticator ?? createJwtAuthenticator(config.jwt, { clock, logger })
  const userTokens = new UserTokens({
    authenticator: verifier,
    serverKeys: new ServerKeys(config.apiKeys),
    clock,
    revoked: (principal) => revocationRegistry.refusalOf(principal),
  })
  const lifecycle = new HubLifecycle({ engine, store, authenticator: userTokens, host, logger })

  const check = new PayloadCheck(logger)
  const publisher = new Publisher({ engine, host, check, traffic, clock, ids })
  const serverPublisher = new ServerPublisher({
    access,
    interest,
    fanout,
    publisher,
    lifecycle,
    host,
  })
  const logs = new LogReader(engine, access, new ReadTurns(clock))

  const connections = new Connections()
  const memberships = new Memberships(interest, host)
  const sessions = new Sessions({
    options: config,
    host,
    definitions,
    access,
    connections,
    memberships,
    revoked: (principal) => revocationRegistry.refusalOf(principal),
    turns,
    refused: limits.figures,
    traffic,
    outboxContext: createOutboxContext(config, foundation, logs),
    clock,
    ids,
  })
  const joiner = new Joiner({
    access,
    memberships,
    logs,
    limits,
    traffic,
    maxSubscriptions: config.clientLimits.subscriptions,
    maxPatterns: config.patternsPerUser,
    maxRecoveredEvents: config.recoveredEvents,
  })
  return {
    host,
    lifecycle,
    started: () => lifecycle.start(),
    roomRegistry,
    definitions,
    access,
    revocationRegistry,
    userTokens,
    authenticator: verifier === noAuthenticator ? verifier : userTokens,
    check,
    interest,
    fanout,
    publisher,
    serverPublisher,
    logs,
    connections,
    memberships,
    sessions,
    joiner,
  }
}

function createOutboxContext(
  { queuedBytes, sendTimeoutMs }: ResolvedConfig,
  { clock, deliveryFigures }: Foundation,
  logs: LogReader,
): OutboxContext {
  return {
    flushQueue: new FlushQueue(clock),
    stallWatch: new StallWatch(clock, sendTimeoutMs),
    logs,
    frames: new EventFrames(),
    figures: deliveryFigures,
    maxQueuedBytes: queuedBytes,
    congestedBytes: Math.min(MAX_CONGESTED_BYTES, queuedBytes / 4),
  }
}
