import type {
  ChannelContract,
  ContractOf,
  EventInputsOf,
  EventNameOf,
  EventPayload,
  Jsonable,
  JsonLike,
  JsonObjectLike,
  RealtimeError,
  Result,
} from '@coterie/protocol'
import { assembleHub } from './assemble-hub.ts'
import { checkHubMeans } from './check-hub-means.ts'
import { type ResolvedConfig, resolveConfig } from './config/config.ts'
import type { HubFigures } from './core/figures.ts'
import type { Health } from './core/hub-lifecycle.ts'
import type { Peer } from './core/peer.ts'
import type { Owner } from './core/peers.ts'
import type { Published, PublishOptions, RealtimeEvent } from './core/server-publisher.ts'
import type { Revocation, RevocationTarget } from './features/revocation/revocation.ts'
import type { RevokeOptions } from './features/revocation/revocations.ts'
import type { MessageHandler } from './features/triggers/client-messages.ts'
import type { FiguresByTrigger } from './features/triggers/registered-trigger.ts'
import type { CallsOf } from './guard-calls.ts'
import { guardHub } from './guard-hub.ts'
import { HUB_CALLS } from './hub-calls.ts'
import { type HubOptions, hubConfigOf } from './hub-options.ts'
import type { HubParts } from './hub-parts.ts'
import type { HubServices } from './hub-services.ts'
import type { LocalChannelOptions } from './local/local-hub.ts'
import type { PresenceDiff, PresenceInfo } from './local/presence-tracker.ts'
import type { Subscriber } from './local/subscriber.ts'
import type { Principal } from './ports/principal.ts'
import type { Transport } from './ports/transport.ts'

/** A method without a row in `HUB_CALLS` does not compile; those left out check by themselves. */
type CheckedCalls = Omit<CallsOf<RealtimeHub>, 'publish' | 'trigger' | 'onMessage'>

/** Holds everything together, without a socket. */
export class RealtimeHub<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> implements HubServices
{
  readonly config: ResolvedConfig
  readonly clock: HubServices['clock']
  readonly logger: HubServices['logger']
  readonly channels: HubServices['channels']
  readonly presence: HubServices['presence']
  readonly broadcast: HubServices['broadcast']
  readonly heartbeat: HubServices['heartbeat']
  readonly limits: HubServices['limits']
  readonly traffic: HubServices['traffic']
  readonly authenticator: HubServices['authenticator']
  readonly channelReader: HubServices['channelReader']
  readonly connections: HubServices['connections']
  readonly deadLetters: HubServices['deadLetters']
  readonly ephemeral: HubServices['ephemeral']
  readonly notifications: HubServices['notifications']
  readonly presenceReader: HubServices['presenceReader']
  readonly revocations: HubServices['revocations']
  readonly rooms: HubServices['rooms']
  readonly sse: HubServices['sse']
  readonly state: HubServices['state']
  readonly subscriptions: HubServices['subscriptions']
  readonly trigger: HubServices['trigger']
  readonly turns: HubServices['turns']
  readonly webSockets: HubServices['webSockets']
  readonly #parts: HubParts

  /** @throws {ConfigError} for an unknown option or a bad value */
  constructor(options: HubOptions<Contracts> = {}) {
    checkHubMeans(options)
    this.config = resolveConfig(hubConfigOf(options))
    const parts = assembleHub(options, this.config)
    const { services } = parts
    this.#parts = parts
    this.clock = services.clock
    this.logger = services.logger
    this.channels = services.channels
    this.presence = services.presence
    this.broadcast = services.broadcast
    this.heartbeat = services.heartbeat
    this.limits = services.limits
    this.traffic = services.traffic
    this.authenticator = services.authenticator
    this.channelReader = services.channelReader
    this.connections = services.connections
    this.deadLetters = services.deadLetters
    this.ephemeral = services.ephemeral
    this.notifications = services.notifications
    this.presenceReader = services.presenceReader
    this.revocations = services.revocations
    this.rooms = services.rooms
    this.sse = services.sse
    this.state = services.state
    this.subscriptions = services.subscriptions
    this.trigger = services.trigger
    this.turns = services.turns
    this.webSockets = services.webSockets
    guardHub(this as RealtimeHub<Contracts>, HUB_CALLS satisfies CheckedCalls)
  }

  /** Opens store and engine, as calls that need them do. Repeating it changes nothing. */
  start(): Promise<void> {
    return this.#parts.lifecycle.start()
  }

  /** Tells whether the hub can serve; never throws. */
  health(): Promise<Health> {
    return this.#parts.lifecycle.health()
  }

  /** Tells what is there now, and what was counted since the hub was made. */
  figures(): HubFigures {
    return this.#parts.figures()
  }

  /** True once nothing more can be published or read. */
  get isClosed(): boolean {
    return this.#parts.lifecycle.isClosed
  }

  /** True from the moment that closing began. */
  get isClosing(): boolean {
    return this.#parts.lifecycle.isClosing
  }

  /** Lets all connections go, tells them to come back, and closes engine and store. Idempotent. */
  close(): Promise<void> {
    return this.#parts.lifecycle.close()
  }

  /**
   * Publishes as the server: to a channel, or to every channel that a pattern
   * matches and somebody on this node listens to. What the channel's contract
   * does not allow is refused with `invalid_payload`.
   */
  publish<
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
  publish(channel: string, message: string): number

  publish(
    channel: string,
    event: string,
    ...rest: [payload?: unknown, options?: PublishOptions]
  ): number | Promise<Result<Published>> {
    const { local, serverPublisher } = this.#parts
    if (rest.length === 0) return local.publish(channel, event)
    const [payload, options] = rest
    return serverPublisher.publish(channel, event, payload as JsonLike, options)
  }

  /** Publishes as the server, as `publish` does; `channel` may be a pattern. */
  realtimeEvent({ channel, event, data }: RealtimeEvent): Promise<Result<Published>> {
    return this.#parts.serverPublisher.publish(channel, event, data)
  }

  /** Publishes as the server a payload that is JSON text already; no number of it is rounded. */
  publishJsonText(
    channel: string,
    event: string,
    json: string,
    options?: PublishOptions,
  ): Promise<Result<Published>> {
    return this.#parts.serverPublisher.publishText(channel, event, json, options)
  }

  /**
   * Calls a handler for every message that a client sends to the application
   * itself, after the handlers that came before it; the first value returned is
   * the reply.
   *
   * @returns stops calling it
   */
  onMessage(handler: MessageHandler): () => void {
    return this.#parts.triggers.onMessage(handler)
  }

  /** Counts how each trigger went since the hub was made, by its name. */
  triggerFigures(): FiguresByTrigger {
    return this.#parts.triggers.figures()
  }

  /**
   * Joins a transport to the hub, as whoever was established behind it.
   *
   * @param notAnonymous why nobody may come by it as an anonymous user, where that is so
   */
  connect(transport: Transport, principal?: Principal, notAnonymous?: RealtimeError): Peer {
    return this.#parts.peers.connect(transport, principal, notAnonymous)
  }

  /** Takes messages of a stream; returns a JSON array of answers, undefined without the stream. */
  receive(session: string, messages: readonly string[]): Promise<string | undefined> {
    return this.#parts.peers.receive(session, messages)
  }

  /** Tells whether there is an open stream with a session. */
  hasStream(session: string): boolean {
    return this.#parts.peers.hasStream(session)
  }

  /** Counts what belongs to a stream and was of no use; whoever sends too much of it is closed. */
  countRefusedBytes(session: string, bytes: number): void {
    this.#parts.peers.countRefusedBytes(session, bytes)
  }

  /** Finds who opened a connection of this node, by its session; an anonymous user stays who it is. */
  principalOf(session: string): Principal | undefined {
    return this.#parts.peers.ownerOf(session)?.principal
  }

  /** The same, with the account to which what is asked with the session is charged. */
  ownerOf(session: string): Owner | undefined {
    return this.#parts.peers.ownerOf(session)
  }

  /** Decides whether a principal may subscribe to a channel or pattern. */
  maySubscribe(principal: Principal, channel: string): Result<unknown> {
    return this.#parts.access.maySubscribe(principal, channel)
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

  /** Makes a channel; false when it is there already. @throws {RealtimeError} `invalid_channel` */
  createChannel(name: string, options?: LocalChannelOptions): boolean {
    return this.#parts.local.createChannel(name, options)
  }

  /** Removes a channel: ends its subscribers, and nobody is present in it. */
  removeChannel(name: string): boolean {
    return this.#parts.local.removeChannel(name)
  }

  /**
   * Subscribes a client of this process, shows it to everyone, and watches whether it lives.
   *
   * @throws {RealtimeError} `unknown_channel`
   */
  join(channel: string, clientId: string, metadata?: JsonObjectLike): Subscriber {
    return this.#parts.local.join(channel, clientId, metadata)
  }

  /** Takes a client out of a channel; it is watched while it is in another. */
  leave(channel: string, clientId: string): boolean {
    return this.#parts.local.leave(channel, clientId)
  }

  /** Takes a client out of all its channels and returns them. */
  disconnect(clientId: string): string[] {
    return this.#parts.local.disconnect(clientId)
  }

  /** Publishes a value as JSON text. */
  publishJson<const Given>(channel: string, value: Jsonable<Given>): number {
    return this.#parts.local.publishJson<Given>(channel, value)
  }

  /** Returns who is in a channel. */
  getPresence(channel: string): PresenceInfo[] {
    return this.#parts.local.getPresence(channel)
  }

  /** Returns who came, changed and left since this was last asked. */
  getPresenceDiff(channel: string): PresenceDiff {
    return this.#parts.local.getPresenceDiff(channel)
  }
}
