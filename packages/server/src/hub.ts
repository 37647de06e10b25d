import {
  type ChannelContract,
  type ContractOf,
  canonicalChannel,
  type EventInputsOf,
  type EventNameOf,
  type EventPayload,
  HALF_CHARACTER,
  hasWildcard,
  type JsonLike,
  type JsonObjectLike,
  RealtimeError,
  type Result,
  showValue,
} from '@coterie/protocol'
import { assembleHub, type HubParts } from './assemble-hub.ts'
import { checkHubMeans } from './check-hub-means.ts'
import { type ResolvedConfig, resolveConfig } from './config/config.ts'
import { BatchResponder } from './core/batch-responder.ts'
import type { ChannelReader } from './core/channel-reader.ts'
import type { Connection } from './core/connection.ts'
import { drain } from './core/drain.ts'
import type { Feature } from './core/feature.ts'
import { type HubFigures, hubFigures } from './core/figures.ts'
import type { Limits } from './core/limits/limits.ts'
import type { Published, PublishOptions } from './core/server-publisher.ts'
import { joinStream } from './core/stream-join.ts'
import type { TrafficFigures } from './core/traffic-figures.ts'
import type { UserTurns } from './core/user-turns.ts'
import { jsonTextOf, readJsonText } from './core/write-json.ts'
import type {
  ConnectionService,
  SseService,
  WebSocketService,
} from './features/connections/connection-service.ts'
import type { EphemeralEvents } from './features/ephemeral/ephemeral-events.ts'
import type { NotificationService } from './features/notifications/notification-service.ts'
import { appearanceOf } from './features/presence/appearance-of.ts'
import { HubPresence, type PresenceLink } from './features/presence/hub-presence.ts'
import type { PresenceReader } from './features/presence/presence-reader.ts'
import type { Revocation, RevocationTarget } from './features/revocation/revocation.ts'
import type { Revocations, RevokeOptions } from './features/revocation/revocations.ts'
import type { RoomAdministration } from './features/rooms/room-administration.ts'
import type { ServerState } from './features/state/server-state.ts'
import type { SubscriptionService } from './features/subscriptions/subscription-service.ts'
import { type MessageHandler, messageTrigger } from './features/triggers/client-messages.ts'
import type { DeadLetters } from './features/triggers/durable/dead-letters.ts'
import type { RegisterTrigger } from './features/triggers/register-trigger.ts'
import type { FiguresByTrigger } from './features/triggers/registered-trigger.ts'
import type { CallsOf } from './guard-calls.ts'
import { guardHub } from './guard-hub.ts'
import { HUB_CALLS } from './hub-calls.ts'
import { type HubOptions, hubConfigOf } from './hub-options.ts'
import { type ChannelLink, HubChannels } from './local/hub-channels.ts'
import { LocalHub } from './local/local-hub.ts'
import type { Subscriber } from './local/subscriber.ts'
import type { Peer } from './peer.ts'
import type { Authenticator } from './ports/authenticator.ts'
import type { Clock } from './ports/clock.ts'
import type { EventRecord } from './ports/engine.ts'
import type { Logger } from './ports/logger.ts'
import type { Principal } from './ports/principal.ts'
import type { Transport } from './ports/transport.ts'
import { systemClock } from './system/system-clock.ts'

/** An event of the server. */
export interface RealtimeEvent {
  /** A channel, or a pattern of channels. */
  readonly channel: string
  readonly event: string
  readonly data: JsonLike
}

/** Whether a hub can serve, and if not why. */
export interface Health {
  readonly status: 'ready' | 'starting' | 'draining' | 'unavailable'
  readonly reason?: string
}

/** A method without a row in `HUB_CALLS` does not compile; those left out check by themselves. */
type CheckedCalls = Omit<CallsOf<RealtimeHub>, 'publish' | 'trigger' | 'onMessage'>

/** Holds everything together, without a socket. */
export class RealtimeHub<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> extends LocalHub {
  readonly config: ResolvedConfig
  readonly clock: Clock
  readonly logger: Logger
  /** What bounds addresses and users, for those who let them in. */
  readonly limits: Limits
  /** What passes through the hub, for those who count what is answered outside of it. */
  readonly traffic: TrafficFigures
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
  /** Lets users take turns in being served, whatever they come by. */
  readonly turns: UserTurns
  /** Sends messages that belong to no channel to connections of this node. */
  readonly webSockets: WebSocketService
  readonly #parts: HubParts
  readonly #channels: HubChannels
  /** Which clients of this process have what is being published to a pattern, by event. */
  readonly #reached = new Map<string, Set<Subscriber>>()
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #isReady = false
  #isClosed = false

  /** @throws {ConfigError} for an unknown option or a bad value */
  constructor(options: HubOptions<Contracts> = {}) {
    checkHubMeans(options)
    const config = resolveConfig(hubConfigOf(options))
    const { clock = systemClock, channelBufferSize } = options
    const channels = new HubChannels({ defaultBufferSize: channelBufferSize })
    const presence = new HubPresence(clock)
    super({ clock, channels, presence, heartbeat: config.heartbeat })
    const parts = assembleHub(options, config, {
      started: () => this.start(),
      publish: (...event) => this.#publish(...event),
      presence,
      channels,
    })
    channels.link = this.#channelLink(parts)
    presence.link = this.#presenceLink(parts)
    this.#channels = channels
    const { webSockets, sse, connections } = parts.connectionServices
    this.#parts = parts
    this.config = config
    this.clock = clock
    this.logger = parts.logger
    this.limits = parts.limits
    this.traffic = parts.traffic
    this.authenticator = parts.authenticator
    this.channelReader = parts.channelReader
    this.connections = connections
    this.deadLetters = parts.triggers.deadLetters
    this.ephemeral = parts.ephemeral
    this.notifications = parts.notifications.service
    this.presenceReader = parts.presenceReader
    this.revocations = parts.revocations.administration
    this.rooms = parts.rooms.administration
    this.sse = sse
    this.state = parts.state.server
    this.subscriptions = parts.subscriptions.service
    this.trigger = parts.triggers.triggers.register
    this.turns = parts.turns
    this.webSockets = webSockets
    guardHub(this as RealtimeHub<Contracts>, HUB_CALLS satisfies CheckedCalls)
  }

  /** Opens store and engine, as calls that need them do. Repeating it changes nothing. */
  start(): Promise<void> {
    this.#started ??= this.isClosing ? Promise.reject(createClosed()) : this.#start()
    return this.#started
  }

  async #start(): Promise<void> {
    const { engine, store, userTokens, features } = this.#parts
    const opened = engine.start({
      onEvent: (record) => this.#receive(record),
      onChange: (change) => {
        this.#parts.sharedChannels.apply(change)
        this.#parts.presenceWatch.apply(change)
        for (const feature of features) {
          if (feature.map === change.map) feature.onChange?.(change)
        }
      },
    })
    userTokens.start()
    await this.#opened(opened, store.start())
    await Promise.all(features.map((feature) => this.#startFeature(feature)))
    this.#isReady = true
  }

  // What did open is let go where the other did not: whoever mends it begins with a new hub.
  async #opened(...parts: readonly Promise<void>[]): Promise<void> {
    const failure = (await Promise.allSettled(parts)).find(({ status }) => status === 'rejected')
    if (failure?.status !== 'rejected') return
    await Promise.allSettled([this.#parts.engine.close(), this.#parts.store.close()])
    throw failure.reason
  }

  #receive(record: EventRecord): void {
    const { features, triggers, fanout } = this.#parts
    const { channel } = record
    if (channel.startsWith('$')) {
      features.find((feature) => feature.channel === channel)?.onRecord?.(record)
      return
    }
    triggers.triggers.sawEvent(record)
    if (this.ephemeral.receive(record)) return
    fanout.deliver(record)
    if (!this.#channels.hasChannel(channel)) return
    this.#channels.deliver(channel, textOf(record), this.#reached.get(record.id))
  }

  async #startFeature(feature: Feature): Promise<void> {
    if (feature.channel !== undefined) await this.#parts.engine.join(feature.channel)
    await feature.onStart?.()
  }

  /**
   * Joins a transport to the hub, as whoever was established behind it.
   *
   * @param notAnonymous why nobody may come by it as an anonymous user, where that is so
   */
  connect(transport: Transport, principal?: Principal, notAnonymous?: RealtimeError): Peer {
    const { sessions, dispatcher, joiner } = this.#parts
    const connection = sessions.open(transport, principal, notAnonymous)
    return {
      id: connection.id,
      receive: (text) => dispatcher.receive(connection, text),
      join: (frame, others) => joinStream(joiner, connection, frame, others),
      sawLife: () => sessions.heard(connection),
      drained: () => connection.outbox.drained(),
      end: (code) => sessions.end(connection, code),
    }
  }

  /**
   * Takes messages that belong to a stream and came by other means.
   *
   * @param session the secret of the stream's connection
   * @returns the answers as the text of a JSON array; undefined when there is no such stream
   */
  async receive(session: string, messages: readonly string[]): Promise<string | undefined> {
    const connection = this.#streamOf(session)
    if (!connection) return undefined
    const responder = new BatchResponder(messages.length)
    const { unreadAnswers } = this.limits
    unreadAnswers.collect(connection, responder)
    for (const message of messages) this.#parts.dispatcher.receive(connection, message, responder)
    return responder.finished().finally(() => unreadAnswers.remove(responder))
  }

  /** Tells whether there is an open stream with a session. */
  hasStream(session: string): boolean {
    return this.#streamOf(session) !== undefined
  }

  /** Counts what belongs to a stream and was of no use; whoever sends too much of it is closed. */
  countRefusedBytes(session: string, bytes: number): void {
    const connection = this.#streamOf(session)
    if (connection) this.#parts.dispatcher.countRefusedBytes(connection, bytes)
  }

  #streamOf(session: string): Connection | undefined {
    const connection = this.#parts.sessions.connections.bySession(session)
    return connection?.transport.kind === 'sse' && connection.isOpen ? connection : undefined
  }

  /** Finds who opened a connection of this node, by its session; an anonymous user stays who it is. */
  principalOf(session: string): Principal | undefined {
    return this.ownerOf(session)?.principal
  }

  /** The same, with the account to which what is asked with the session is charged. */
  ownerOf(
    session: string,
  ): { readonly principal: Principal; readonly account: string } | undefined {
    const connection = this.#parts.sessions.connections.bySession(session)
    if (!connection?.isAuthenticated()) return undefined
    if (connection.isProvisional) this.#parts.sessions.settle(connection)
    const { principal } = connection
    return principal && { principal, account: this.limits.guests.accountOf(connection) }
  }

  /** Decides whether a principal may subscribe to a channel or pattern. */
  maySubscribe(principal: Principal, channel: string): Result<unknown> {
    const { access } = this.#parts
    return hasWildcard(channel)
      ? access.subscribePattern(principal, channel)
      : access.subscribe(principal, channel)
  }

  /** Tells whether a principal counts still: its token has not expired and is not revoked. */
  recheck(principal: Principal): Result<Principal> {
    return this.#parts.userTokens.recheck(principal)
  }

  /**
   * Revokes tokens on every node: those of a user that were made until now, of
   * one sign-in, or a single one. Connections by them end with 4501.
   */
  revoke(target: RevocationTarget, options?: RevokeOptions): Promise<Result<Revocation>> {
    return this.revocations.revoke(target, options)
  }

  /** Subscribes a client of this process, shows it to everyone, and watches whether it lives. */
  override join(channel: string, clientId: string, metadata: JsonObjectLike = {}): Subscriber {
    requireWhole(clientId, metadata)
    return super.join(channel, clientId, metadata)
  }

  protected override onLeft(channel: string, clientId: string): void {
    this.ephemeral.left(channel, clientId)
  }

  #channelLink({ sharedChannels, serverPublisher, ids }: HubParts): ChannelLink {
    return {
      created: (channel) => sharedChannels.begin(channel),
      removed: (channel) => {
        this.forgetChannel(channel)
        sharedChannels.end(channel)
      },
      publish: (channel, message) => this.#publishText(channel, message),
      publishToTopic: (pattern, message) => {
        if (this.#isClosed) throw createClosed()
        requireWholeMessage(message)
        const messageId = ids.event()
        this.#reached.set(messageId, new Set())
        const receivers = serverPublisher.countReceivers(pattern)
        void this.#publishInBackground(pattern, message, { messageId }).then(() =>
          this.#reached.delete(messageId),
        )
        return receivers
      },
    }
  }

  #presenceLink({ sharedChannels, presence }: HubParts): PresenceLink {
    return {
      check: requireWhole,
      isOwn: (...client) => sharedChannels.isOwn(...client),
      isConnected: (...user) => sharedChannels.isConnected(...user),
      show: (...client) => sharedChannels.show(...client),
      hide: (...client) => sharedChannels.hide(...client),
      appear: (channel, userId, metadata) =>
        presence.appear(channel, userId, appearanceOf(metadata)),
      evict: (channel, clientId) => {
        if (!this.leave(channel, clientId)) sharedChannels.hide(channel, clientId)
      },
    }
  }

  /**
   * Publishes as the server: to a channel, or to every channel that a pattern
   * matches and somebody on this node listens to. What the channel's contract
   * does not allow is refused with `invalid_payload`.
   */
  override publish<
    Name extends string,
    Event extends EventNameOf<ContractOf<Contracts, Name>>,
    const Given = EventInputsOf<ContractOf<Contracts, Name>>[Event],
  >(
    channel: Name,
    event: Event,
    payload: EventPayload<ContractOf<Contracts, Name>, Event, Given>,
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
      : this.#publish(channel, event, payload as JsonLike, options)
  }

  /** Publishes as the server, as `publish` does; `channel` may be a pattern. */
  realtimeEvent({ channel, event, data }: RealtimeEvent): Promise<Result<Published>> {
    return this.#publish(channel, event, data, {})
  }

  /**
   * Publishes as the server a payload that is JSON text already. It travels as it
   * was written, so that no number of it is rounded.
   */
  async publishJsonText(
    channel: string,
    event: string,
    json: string,
    options: PublishOptions = {},
  ): Promise<Result<Published>> {
    const text = readJsonText('payload', json)
    if (!text.ok) return text
    const { serverPublisher } = this.#parts
    return this.#whenStarted(() => serverPublisher.publishText(channel, event, text.value, options))
  }

  #publishText(channel: string, message: string): number {
    if (this.#isClosed) throw createClosed()
    if (!this.channels.hasChannel(channel)) throw createUncreated(channel)
    requireWholeMessage(message)
    const { subscriberCount } = this.channels.getStats(channel)
    const receivers = subscriberCount + this.#parts.fanout.countReceivers(canonicalChannel(channel))
    void this.#publishInBackground(channel, message, {})
    return receivers
  }

  async #publishInBackground(
    channel: string,
    message: string,
    options: PublishOptions,
  ): Promise<void> {
    const failed = (error: unknown): void => {
      this.logger.error({ channel, error }, 'a message could not be published')
    }
    await this.#publish(channel, 'message', message, options).then((published) => {
      if (!published.ok) failed(published.error)
    }, failed)
  }

  #publish(
    channel: string,
    event: string,
    payload: JsonLike,
    options: PublishOptions,
  ): Promise<Result<Published>> {
    const { serverPublisher } = this.#parts
    return this.#whenStarted(() => serverPublisher.publish(channel, event, payload, options))
  }

  #whenStarted<T>(publish: () => Promise<Result<T>>): Promise<Result<T>> {
    if (this.#isClosed) return Promise.resolve({ ok: false, error: createClosed() })
    const started = this.start()
    if (this.#isReady) return publish()
    if (this.#parts.engine.capabilities.clustered) return started.then(publish)
    // An engine within this process has started as soon as it was told to.
    return this.#orWhyNotStarted(publish(), started)
  }

  // Where the engine could not be opened, that is why nothing could be published.
  async #orWhyNotStarted<T>(
    published: Promise<Result<T>>,
    started: Promise<void>,
  ): Promise<Result<T>> {
    const starting = started.then(
      () => undefined,
      (reason: unknown) => ({ reason }),
    )
    const [result] = await Promise.allSettled([published])
    if (result.status === 'fulfilled' && result.value.ok) return result.value
    const failure = await starting
    if (!failure) return published
    if (failure.reason instanceof RealtimeError) return { ok: false, error: failure.reason }
    throw failure.reason
  }

  /** Tells whether the hub can serve; never throws. */
  async health(): Promise<Health> {
    if (this.#closed) return { status: 'draining' }
    if (!this.#isReady) return { status: 'starting' }
    for (const [name, part] of [
      ['engine', this.#parts.engine],
      ['store', this.#parts.store],
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

  /** Tells what is there now, and what was counted since the hub was made. */
  figures(): HubFigures {
    const { sessions, interest, deliveryFigures, subscriptions } = this.#parts
    return hubFigures({
      connections: sessions.connections,
      channels: interest,
      deliveries: deliveryFigures,
      traffic: this.traffic,
      refused: this.limits.figures,
      filters: subscriptions.figures,
    })
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
    return this.#parts.triggers.triggers.figures()
  }

  /** True once nothing more can be published or read. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** True from the moment that closing began. */
  get isClosing(): boolean {
    return this.#closed !== undefined
  }

  /**
   * Lets all connections go, telling them to come back, then closes engine and store.
   * Repeating it changes nothing.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await drain(this.#parts.sessions, this.clock)
    this.#parts.sessions.stop()
    for (const feature of this.#parts.features) feature.onStop?.()
    await this.ephemeral.close()
    await this.#started?.catch(() => {})
    await this.#parts.triggers.triggers.close()
    await this.#parts.subscriptions.close()
    await this.#parts.notifications.feature.close()
    this.#isClosed = true
    await Promise.all([this.#parts.engine.close(), this.#parts.store.close()])
  }
}

/** What either form of `publish` expects, where one may have been meant for the other. */
const BOTH_CALLS =
  'publish(channel, text) is for channels that createChannel made, publish(channel, event, payload) for all'

function createClosed(): RealtimeError {
  return new RealtimeError('unavailable', 'the hub is closed; make a new one')
}

function createUncreated(channel: string): RealtimeError {
  const problem = `no channel ${channel} within this process; create it first: ${BOTH_CALLS}`
  return new RealtimeError('unknown_channel', problem)
}

function requireWholeMessage(message: string): void {
  if (typeof message !== 'string') {
    const problem = `message: expected a text, got ${showValue(message)}; ${BOTH_CALLS}`
    throw new RealtimeError('invalid_payload', problem)
  }
  if (message.isWellFormed()) return
  throw new RealtimeError('invalid_payload', `message: ${HALF_CHARACTER}`)
}

// Others see a client by what is kept of it.
function requireWhole(clientId: string, metadata: JsonObjectLike): void {
  if (!clientId.isWellFormed()) {
    throw new RealtimeError('invalid_payload', `client id: ${HALF_CHARACTER}`)
  }
  const text = jsonTextOf('metadata', metadata)
  if (!text.ok) throw text.error
}

// Texts are what clients of this process exchange; anything else is theirs as JSON.
function textOf({ payload }: EventRecord): string {
  return payload.startsWith('"') ? (JSON.parse(payload) as string) : payload
}
