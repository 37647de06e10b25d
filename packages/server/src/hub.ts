import type {
  ChannelContract,
  ConnectionId,
  ContractOf,
  EventInputsOf,
  EventNameOf,
  JsonValue,
  Result,
  SubscribeFrame,
} from '@coterie/protocol'
import { createJwtAuthenticator, noAuthenticator } from './auth/jwt-authenticator.ts'
import { createScryptHasher } from './auth/scrypt-hasher.ts'
import { ServerKeys } from './auth/server-keys.ts'
import { UserTokens } from './auth/user-tokens.ts'
import { type HubConfig, type ResolvedConfig, resolveConfig } from './config.ts'
import { Access } from './core/access.ts'
import { BatchResponder } from './core/batch-responder.ts'
import { ChannelReader } from './core/channel-reader.ts'
import { Definitions } from './core/definitions.ts'
import { createDeliveryFigures } from './core/delivery-figures.ts'
import { Dispatcher } from './core/dispatcher.ts'
import { drain } from './core/drain.ts'
import { Fanout } from './core/fanout.ts'
import type { Feature } from './core/feature.ts'
import { type HubFigures, hubFigures } from './core/figures.ts'
import { FlushQueue } from './core/flush-queue.ts'
import { Ids } from './core/ids.ts'
import { Interest } from './core/interest.ts'
import { Joiner } from './core/joiner.ts'
import { Limits } from './core/limits/limits.ts'
import { LogReader } from './core/log-reader.ts'
import { Memberships } from './core/memberships.ts'
import { PayloadCheck } from './core/payload-check.ts'
import { Publisher } from './core/publisher.ts'
import { recheckMemberships } from './core/recheck-memberships.ts'
import { type Published, type PublishOptions, ServerPublisher } from './core/server-publisher.ts'
import { Sessions } from './core/sessions.ts'
import { StallWatch } from './core/stall-watch.ts'
import { joinStream, type StreamStart } from './core/stream-join.ts'
import { createMemoryEngine } from './engines/memory/memory-engine.ts'
import { channelsFeature } from './features/channels.ts'
import { connectionFeature } from './features/connection.ts'
import type {
  ConnectionService,
  SseService,
  WebSocketService,
} from './features/connections/connection-service.ts'
import { createConnectionServices } from './features/connections/create-connection-services.ts'
import { EphemeralEvents } from './features/ephemeral/ephemeral-events.ts'
import { createNotifications } from './features/notifications/create-notifications.ts'
import type { NotificationService } from './features/notifications/notification-service.ts'
import type { NotificationsFeature } from './features/notifications/notifications-feature.ts'
import { presenceFeature } from './features/presence/presence.ts'
import { PresenceReader } from './features/presence/presence-reader.ts'
import { PresenceWatch } from './features/presence/presence-watch.ts'
import { SharedChannels } from './features/presence/shared-channels.ts'
import { createRevocations } from './features/revocation/create-revocations.ts'
import type { Revocation, RevocationTarget } from './features/revocation/revocation.ts'
import type { Revocations, RevokeOptions } from './features/revocation/revocations.ts'
import { createRooms } from './features/rooms/create-rooms.ts'
import type { RoomAdministration } from './features/rooms/room-administration.ts'
import { createState } from './features/state/create-state.ts'
import type { ServerState } from './features/state/server-state.ts'
import {
  createSubscriptions,
  type Subscriptions,
} from './features/subscriptions/create-subscriptions.ts'
import type { SubscriptionService } from './features/subscriptions/subscription-service.ts'
import { type MessageHandler, messageTrigger } from './features/triggers/client-messages.ts'
import { createTriggers } from './features/triggers/create-triggers.ts'
import type { DeadLetters } from './features/triggers/durable/dead-letters.ts'
import type { RegisterTrigger } from './features/triggers/register-trigger.ts'
import type { FiguresByTrigger } from './features/triggers/registered-trigger.ts'
import type { Triggers } from './features/triggers/triggers.ts'
import { type LocalChannelOptions, LocalHub } from './local/local-hub.ts'
import type { PresenceMetadata } from './local/presence-tracker.ts'
import type { Subscriber } from './local/subscriber.ts'
import type { Authenticator } from './ports/authenticator.ts'
import type { Clock } from './ports/clock.ts'
import type { Engine, EventRecord } from './ports/engine.ts'
import { type Logger, silentLogger } from './ports/logger.ts'
import type { NotificationSender } from './ports/notification-sender.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { Principal } from './ports/principal.ts'
import type { Random } from './ports/random.ts'
import type { Store } from './ports/store.ts'
import type { Transport } from './ports/transport.ts'
import { createSqliteStore } from './stores/sqlite/sqlite-store.ts'
import { systemClock } from './system-clock.ts'
import { systemRandom } from './system-random.ts'

/** Bytes that a transport may hold before its receiver counts as slow, where more may be queued. */
const MAX_CONGESTED_BYTES = 65_536
const NODE_BYTES = 9

/** What a hub is made of; whatever is left out is the real thing. */
export interface HubOptions<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> extends Omit<HubConfig, 'contracts'> {
  /** What may be sent in channels, whatever rules they have; `publish` knows them. */
  readonly contracts?: Contracts
  /** @default an engine in memory */
  readonly engine?: Engine
  /** @default a store in memory */
  readonly store?: Store
  /** The routes that notifications can take beside connections. @default none */
  readonly senders?: readonly NotificationSender[]
  /** @default verifies JSON Web Tokens as `jwtSecret` and `jwt` say */
  readonly authenticator?: Authenticator
  readonly clock?: Clock
  readonly random?: Random
  /** @default scrypt */
  readonly passwordHasher?: PasswordHasher
  /** @default writes nothing */
  readonly logger?: Logger
  /** Messages that wait for each subscriber within the process at most. @default 256 */
  readonly channelBufferSize?: number
}

/** An event of the server. */
export interface RealtimeEvent {
  /** A channel, or a pattern of channels. */
  readonly channel: string
  readonly event: string
  readonly data: JsonValue
}

/** What a transport tells the hub of its peer. */
export interface Peer {
  readonly id: ConnectionId

  /** Takes one message as it came. Never throws. */
  receive(text: string): void

  /** Joins a channel for a transport that carries no frames upwards; events follow as frames. */
  join(frame: SubscribeFrame): Promise<Result<StreamStart>>

  /** Notes that the peer is there, though it said nothing. */
  sawLife(): void

  /** Says that the transport has sent all that it held. */
  drained(): void

  /** Says that the transport has ended. Twice is once. */
  end(): void
}

/** Whether a hub can serve, and if not why. */
export interface Health {
  readonly status: 'ready' | 'starting' | 'draining' | 'unavailable'
  readonly reason?: string
}

/** Holds everything together, without a socket: the only place where parts are wired. */
export class RealtimeHub<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> extends LocalHub {
  readonly config: ResolvedConfig
  readonly clock: Clock
  readonly logger: Logger
  /** What bounds addresses and users, for those who let them in. */
  readonly limits: Limits
  readonly authenticator: Authenticator
  /** Reads what channels hold, for those who may know. */
  readonly channelReader: ChannelReader
  /** Looks at the connections of this node and ends them. */
  readonly connections: ConnectionService
  /** The events that durable triggers gave up. */
  readonly deadLetters: DeadLetters
  /** Typing, presence, reactions and read marks of rooms, for code in this process. */
  readonly ephemeral: EphemeralEvents
  /** Notifies users, whether they are connected or not. */
  readonly notifications: NotificationService
  /** Reads who is present in a channel. */
  readonly presenceReader: PresenceReader
  /** Ends what tokens allow before they expire. */
  readonly revocations: Revocations
  /** Makes, changes and removes rooms. */
  readonly rooms: RoomAdministration
  /** Sends events of the application's own to streams of this node. */
  readonly sse: SseService
  /** Reads and changes what all in a channel share. */
  readonly state: ServerState
  /** Keeps who is interested in what, and routes what happens to them. */
  readonly subscriptions: SubscriptionService
  /**
   * Runs application logic for what clients do in channels and beside them.
   *
   * @returns removes the trigger
   * @throws {TypeError} saying what is wrong
   * @example
   * ```ts
   * hub.trigger('document:{id}', 'cursor_move', async ({ channel, input, auth, publish }) => {
   *   await publish(channel, 'cursor_update', { user_id: auth.userId, position: input })
   * })
   * ```
   */
  readonly trigger: RegisterTrigger
  /** Sends messages that belong to no channel to connections of this node. */
  readonly webSockets: WebSocketService
  readonly #userTokens: UserTokens
  readonly #triggers: Triggers
  readonly #sessions: Sessions
  readonly #dispatcher: Dispatcher
  readonly #engine: Engine
  readonly #store: Store
  readonly #notificationsFeature: NotificationsFeature
  readonly #storedSubscriptions: Subscriptions
  readonly #interest: Interest
  readonly #fanout: Fanout
  readonly #serverPublisher: ServerPublisher
  readonly #features: readonly Feature[]
  readonly #joiner: Joiner
  readonly #shared: SharedChannels
  readonly #presenceWatch: PresenceWatch
  readonly #figures = createDeliveryFigures()
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #isReady = false

  /** @throws {ConfigError} for an unknown option or a bad value */
  constructor({
    engine,
    store,
    senders = [],
    authenticator,
    clock = systemClock,
    random = systemRandom,
    passwordHasher,
    logger,
    channelBufferSize,
    ...config
  }: HubOptions<Contracts> = {}) {
    const resolved = resolveConfig(config)
    super({
      clock,
      channelBufferSize,
      heartbeat: {
        intervalSecs: resolved.pingIntervalMs / 1_000,
        timeoutSecs: resolved.silenceTimeoutMs / 1_000,
      },
    })
    this.config = resolved
    this.clock = clock
    this.logger = logger ?? silentLogger
    this.limits = new Limits(resolved.abuseLimits, clock)
    const { limits } = this
    const ids = new Ids(this.clock, random)
    this.#engine = engine ?? createMemoryEngine({ clock: this.clock, random: random })
    this.#store = store ?? createSqliteStore({ path: ':memory:' })

    const means = {
      engine: this.#engine,
      clock,
      random,
      logger: this.logger,
      node: Buffer.from(random.bytes(NODE_BYTES)).toString('hex'),
      started: () => this.start(),
    }
    const revocations = createRevocations(means)
    this.revocations = revocations.administration
    const verifier = authenticator ?? createJwtAuthenticator(resolved.jwt, means)
    this.#userTokens = new UserTokens({
      authenticator: verifier,
      serverKeys: new ServerKeys(resolved.apiKeys),
      clock,
      revoked: revocations.check,
    })
    this.authenticator = verifier === noAuthenticator ? verifier : this.#userTokens
    const { undeclared, contracts } = resolved
    const definitions = new Definitions(resolved.definitions, undeclared, contracts)
    const check = new PayloadCheck(this.logger)
    const hasher = passwordHasher ?? createScryptHasher(random)
    const rooms = createRooms({ ...means, definitions, declared: resolved.rooms, hasher, limits })
    this.rooms = rooms.administration
    const access = new Access(definitions, rooms.guard)
    this.presenceReader = new PresenceReader(this.#engine, access, means.started)
    this.#interest = new Interest(this.#engine)
    this.#fanout = new Fanout(this.#interest, access)
    this.channelReader = new ChannelReader(this.#engine, access, this.#interest)
    const publisher = new Publisher(this.#engine, this.clock, ids, check)
    this.#serverPublisher = new ServerPublisher(access, this.#interest, this.#fanout, publisher)
    const { triggers, guard, deadLetters } = createTriggers({
      ...means,
      repository: this.#store.triggers,
      publisher,
      publish: (channel, event, payload, options) =>
        this.#publish(channel, event, payload, options),
      definitions,
      contracts,
      interest: this.#interest,
      ids,
      bounds: {
        timeoutMs: resolved.triggerTimeoutMs,
        maxWaiting: resolved.triggerWaiting,
        leaseMs: resolved.triggerLeaseMs,
      },
    })
    this.#triggers = triggers
    this.trigger = triggers.register
    this.deadLetters = deadLetters
    const bounds = { maxBytes: resolved.stateBytes, maxKeys: resolved.stateKeys }
    const state = createState({ ...means, access, bounds, check })
    this.state = state.server
    this.#presenceWatch = new PresenceWatch(this.#engine)
    this.ephemeral = new EphemeralEvents({
      ...means,
      interest: this.#interest,
      fanout: this.#fanout,
      access,
      presence: this.#presenceWatch,
    })
    const features: Feature[] = []
    this.#features = features
    const memberships = new Memberships(this.#interest, features)
    this.#shared = new SharedChannels({
      ...means,
      interest: this.#interest,
      definitions,
      memberships,
      presence: this.presence,
    })
    const logs = new LogReader(this.#engine, access)
    this.#joiner = new Joiner({
      limits,
      access,
      memberships,
      logs,
      maxSubscriptions: this.config.clientLimits.subscriptions,
      maxRecoveredEvents: this.config.recoveredEvents,
    })
    this.#sessions = new Sessions({
      options: this.config,
      clock: this.clock,
      ids,
      definitions,
      memberships,
      features,
      revoked: revocations.check,
      admit: (connection) => triggers.admit(connection),
      onRefreshed: (connection) => recheckMemberships(access, memberships, connection),
      refused: limits.figures,
      outboxContext: {
        flushQueue: new FlushQueue(this.clock),
        stallWatch: new StallWatch(this.clock, this.config.sendTimeoutMs),
        logs,
        figures: this.#figures,
        maxQueuedBytes: this.config.queuedBytes,
        congestedBytes: Math.min(MAX_CONGESTED_BYTES, this.config.queuedBytes / 4),
      },
    })
    const { connections, webSockets, sse } = createConnectionServices(
      this.#sessions.connections,
      ids,
      resolved.clientLimits.frame_bytes,
    )
    this.connections = connections
    this.webSockets = webSockets
    this.sse = sse
    const notifications = createNotifications({
      ...means,
      store: this.#store,
      connections: this.#sessions.connections,
      senders,
      ids,
      retentionMs: resolved.notificationRetentionMs,
    })
    this.notifications = notifications.service
    this.#notificationsFeature = notifications.feature
    const subscriptions = createSubscriptions({
      ...means,
      repository: this.#store.subscriptions,
      access,
      definitions,
      interest: this.#interest,
      connections: this.#sessions.connections,
      notify: (notification) => this.notifications.create(notification),
      maxPerUser: resolved.subscriptionsPerUser,
      ids,
    })
    this.subscriptions = subscriptions.service
    this.#storedSubscriptions = subscriptions
    this.#fanout.outreach = subscriptions.outreach
    publisher.follower = subscriptions.follower
    features.push(
      limits.connections,
      connectionFeature({
        authenticator: this.authenticator,
        failedAuths: limits.failedAuths,
        identify: (connection, principal) => this.#sessions.identify(connection, principal),
      }),
      channelsFeature({
        channelReader: this.channelReader,
        access,
        memberships,
        joiner: this.#joiner,
        publisher,
        guard,
        onPublished: (connection, channel) => {
          for (const feature of this.#features) feature.onPublished?.(connection, channel)
        },
      }),
      revocations.createFeature({ connections: this.#sessions.connections, memberships }),
      rooms.createFeature(memberships),
      // After whatever else may refuse one who enters, and before they are seen.
      triggers,
      presenceFeature({
        ...means,
        access,
        graceMs: resolved.presenceGraceMs,
        windowMs: resolved.presenceWindowMs,
        maxListedUsers: resolved.presenceListedUsers,
        maxDataBytes: resolved.clientLimits.presence_data_bytes,
        check,
      }),
      state.feature,
      notifications.feature,
      subscriptions.feature,
      ...this.ephemeral.features,
    )
    this.#dispatcher = new Dispatcher({
      features,
      clock: this.clock,
      logger: this.logger,
      limits: this.config.clientLimits,
      refused: limits.figures,
      onHeard: (connection) => this.#sessions.heard(connection),
      onSettled: (connection) => this.#sessions.settle(connection),
    })
  }

  /** Opens store and engine. Called by itself where it is needed; twice is once. */
  start(): Promise<void> {
    this.#started ??= this.#start()
    return this.#started
  }

  async #start(): Promise<void> {
    const opened = this.#engine.start({
      onEvent: (record) => {
        if (record.channel.startsWith('$')) {
          this.#features.find(({ channel }) => channel === record.channel)?.onRecord?.(record)
          return
        }
        this.#triggers.sawEvent(record)
        if (this.ephemeral.receive(record)) return
        this.#fanout.deliver(record)
        if (this.channels.hasChannel(record.channel)) {
          this.channels.publish(record.channel, textOf(record))
        }
      },
      onChange: (change) => {
        this.#shared.apply(change)
        this.#presenceWatch.apply(change)
        for (const feature of this.#features) {
          if (feature.map === change.map) feature.onChange?.(change)
        }
      },
    })
    this.#userTokens.start()
    await Promise.all([opened, this.#store.start()])
    await Promise.all(this.#features.map((feature) => this.#startFeature(feature)))
    this.#isReady = true
  }

  async #startFeature(feature: Feature): Promise<void> {
    if (feature.channel !== undefined) await this.#engine.join(feature.channel)
    await feature.onStart?.()
  }

  /** Joins a transport to the hub, as whoever was established behind it. */
  connect(transport: Transport, principal?: Principal): Peer {
    const connection = this.#sessions.open(transport, principal)
    return {
      id: connection.id,
      receive: (text) => this.#dispatcher.receive(connection, text),
      join: (frame) => joinStream(this.#joiner, connection, frame),
      sawLife: () => {
        this.#sessions.heard(connection)
      },
      drained: () => connection.outbox.drained(),
      end: () => this.#sessions.end(connection),
    }
  }

  /**
   * Takes messages that belong to a stream and came by other means.
   *
   * @param session the secret of the stream's connection
   * @returns the answers as the text of a JSON array; undefined when there is no such stream
   */
  async receive(session: string, messages: readonly string[]): Promise<string | undefined> {
    const connection = this.#sessions.connections.bySession(session)
    if (connection?.transport.kind !== 'sse' || !connection.isOpen) return undefined
    const responder = new BatchResponder(messages.length)
    for (const message of messages) this.#dispatcher.receive(connection, message, responder)
    return responder.finished()
  }

  /** Finds who opened a connection of this node, by its session; an anonymous user stays who it is. */
  principalOf(session: string): Principal | undefined {
    const connection = this.#sessions.connections.bySession(session)
    if (!connection?.isAuthenticated()) return undefined
    if (connection.isProvisional) this.#sessions.settle(connection)
    return connection.principal
  }

  /** Tells whether a principal counts still: its token has not expired and is not revoked. */
  recheck(principal: Principal): Result<Principal> {
    return this.#userTokens.recheck(principal)
  }

  /**
   * Revokes tokens on every node: those of a user that were made until now, of
   * one sign-in, or a single one. Connections by them end with 4501.
   */
  revoke(target: RevocationTarget, options?: RevokeOptions): Promise<Result<Revocation>> {
    return this.revocations.revoke(target, options)
  }

  /**
   * Makes a channel that this process and connections can use alike: what one
   * publishes the other hears, and each is present to the other.
   *
   * Connections may enter it as its pattern says, or as every authenticated user.
   */
  override createChannel(name: string, options: LocalChannelOptions = {}): boolean {
    const isNew = super.createChannel(name, options)
    if (isNew) this.#shared.begin(name)
    return isNew
  }

  /** Removes a channel: ends its subscribers and puts its connections out. */
  override removeChannel(name: string): boolean {
    for (const { clientId } of this.presence.list(name)) this.leave(name, clientId)
    const isRemoved = super.removeChannel(name)
    if (isRemoved) this.#shared.end(name)
    return isRemoved
  }

  /** Subscribes a client of this process, shows it to everyone, and watches whether it lives. */
  override join(channel: string, clientId: string, metadata: PresenceMetadata = {}): Subscriber {
    const subscriber = super.join(channel, clientId, metadata)
    this.#shared.show(channel, clientId, metadata)
    return subscriber
  }

  /** Takes a client of this process out of a channel; it is watched while it is in another. */
  override leave(channel: string, clientId: string): boolean {
    const hasLeft = super.leave(channel, clientId)
    if (hasLeft) {
      this.#shared.hide(channel, clientId)
      this.ephemeral.left(channel, clientId)
    }
    return hasLeft
  }

  /**
   * Publishes as the server: to a channel, or to every channel that a pattern
   * matches and somebody on this node listens to. What the channel's contract
   * does not allow is refused with `invalid_payload`.
   */
  override publish<Name extends string, Event extends EventNameOf<ContractOf<Contracts, Name>>>(
    channel: Name,
    event: Event,
    payload: EventInputsOf<ContractOf<Contracts, Name>>[Event],
    options?: PublishOptions,
  ): Promise<Result<Published>>

  /**
   * Publishes a text to a channel that was created, without waiting for the engine.
   *
   * @returns how many clients and connections of this node it reaches
   * @throws {RealtimeError} `unknown_channel`
   */
  override publish(channel: string, message: string): number

  override publish(
    channel: string,
    event: string,
    ...rest: [payload?: unknown, options?: PublishOptions]
  ): number | Promise<Result<Published>> {
    const [payload, options = {}] = rest
    return rest.length === 0
      ? this.#publishText(channel, event)
      : this.#publish(channel, event, payload as JsonValue, options)
  }

  /** Publishes as the server, as `publish` does; `channel` may be a pattern. */
  realtimeEvent({ channel, event, data }: RealtimeEvent): Promise<Result<Published>> {
    return this.#publish(channel, event, data, {})
  }

  #publishText(channel: string, message: string): number {
    const { subscriberCount } = this.channels.getStats(channel)
    const receivers = subscriberCount + this.#fanout.countReceivers(channel)
    const failed = (error: unknown): void => {
      this.logger.error({ channel, error }, 'a message could not be published')
    }
    this.#publish(channel, 'message', message, {}).then((published) => {
      if (!published.ok) failed(published.error)
    }, failed)
    return receivers
  }

  #publish(
    channel: string,
    event: string,
    payload: JsonValue,
    options: PublishOptions,
  ): Promise<Result<Published>> {
    const publish = (): Promise<Result<Published>> =>
      this.#serverPublisher.publish(channel, event, payload, options)
    // An engine within this process has started as soon as it was told to.
    const started = this.start()
    return this.#isReady || !this.#engine.capabilities.clustered ? publish() : started.then(publish)
  }

  /** Tells whether the hub can serve; never throws. */
  async health(): Promise<Health> {
    if (this.#closed) return { status: 'draining' }
    if (!this.#isReady) return { status: 'starting' }
    for (const [name, part] of [
      ['engine', this.#engine],
      ['store', this.#store],
    ] as const) {
      try {
        await part.health()
      } catch (error) {
        const reason = `the ${name} is unavailable`
        this.logger.error({ error }, reason)
        return { status: 'unavailable', reason }
      }
    }
    return { status: 'ready' }
  }

  /** Counts how delivery to slow receivers went since the hub was made, and who is slow now. */
  figures(): HubFigures {
    return hubFigures(this.#sessions.connections, this.#figures, this.limits.figures)
  }

  /**
   * Calls a handler for every message that a client sends to the application
   * itself, after the handlers that came before it; the first value returned is
   * the reply.
   *
   * @returns stops calling it
   */
  onMessage(handler: MessageHandler): () => void {
    return this.trigger('message', messageTrigger(handler))
  }

  /** Counts how each trigger went since the hub was made, by its name. */
  triggerFigures(): FiguresByTrigger {
    return this.#triggers.figures()
  }

  /** True from the moment that closing began. */
  get isClosing(): boolean {
    return this.#closed !== undefined
  }

  /**
   * Lets all connections go, telling them to come back, then closes engine and store.
   * Twice is once.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await drain(this.#sessions, this.clock)
    this.#sessions.stop()
    await this.ephemeral.close()
    await this.#started?.catch(() => {})
    await this.#triggers.close()
    await this.#storedSubscriptions.close()
    await this.#notificationsFeature.close()
    await Promise.all([this.#engine.close(), this.#store.close()])
  }
}

// Texts are what clients of this process exchange; anything else is theirs as JSON.
function textOf({ payload }: EventRecord): string {
  return payload.startsWith('"') ? (JSON.parse(payload) as string) : payload
}
