import {
  type ChannelContract,
  type ClientFrameInput,
  type ClientLimits,
  type ContractOf,
  canonicalChannel,
  DEFAULT_LIMITS,
  err,
  hasWildcard,
  RealtimeError,
  type ServerFrame,
} from '@coterie/protocol'
import { ask } from '../channel/ask.ts'
import type { Channel, ChannelOptions } from '../channel/channel.ts'
import type { ChannelFrame } from '../channel/channel-frame.ts'
import type { ChannelHost } from '../channel/channel-host.ts'
import type { ChannelParts, PartContext } from '../channel/channel-part.ts'
import { ClientChannel } from '../channel/client-channel.ts'
import { copied } from '../channel/copied.ts'
import { createUnattended } from '../channel/unattended.ts'
import { type Backoff, createBackoff } from '../connection/backoff.ts'
import type { ClientSettings } from '../connection/client-options.ts'
import { Connection } from '../connection/connection.ts'
import type { ClientStatus } from '../connection/connection-phase.ts'
import { DeferredRequests } from '../connection/deferred-requests.ts'
import { deriveRestPrefix } from '../connection/endpoint.ts'
import type { ClientEnvironment, FetchRequest, FetchResponse } from '../connection/environment.ts'
import type { RequestOptions } from '../connection/outbox.ts'
import type { Settle } from '../connection/requests.ts'
import { retryDelayMs } from '../connection/retry.ts'
import type { TransportName } from '../connection/transport-choice.ts'
import { ListenerSet } from '../signals/listener-set.ts'
import type { Signal } from '../signals/signal.ts'
import type { Client, UserFrame } from './client.ts'
import { ReclaimingMap } from './reclaiming-map.ts'

/** Connects one connection with many channels, which know nothing of each other. */
export class RealtimeClient implements Client, ChannelHost {
  readonly environment: ClientEnvironment
  readonly status: Signal<ClientStatus>
  readonly transport: Signal<TransportName | null>
  readonly userId: Signal<string | null>
  readonly error: Signal<RealtimeError | null>
  readonly retryAt: Signal<number | null>

  readonly #url: string
  readonly #createParts: (channel: PartContext) => ChannelParts
  readonly #settings: ClientSettings
  readonly #backoff: Backoff
  readonly #connection: Connection
  readonly #deferred: DeferredRequests
  readonly #channels = new ReclaimingMap<ClientChannel>()
  readonly #userFrames: ListenerSet<ServerFrame>
  #queuedPublishes = 0

  constructor(
    url: string,
    settings: ClientSettings,
    environment: ClientEnvironment,
    createParts: (channel: PartContext) => ChannelParts,
  ) {
    this.#createParts = createParts
    this.#url = url
    this.environment = environment
    this.#userFrames = new ListenerSet(environment.reportError)
    this.#settings = settings
    const { reconnectDelayMs, maxReconnectDelayMs, replyTimeoutMs } = settings
    this.#backoff = createBackoff(reconnectDelayMs, maxReconnectDelayMs, () => environment.random())
    this.#deferred = new DeferredRequests(environment.clock, replyTimeoutMs)
    this.#connection = new Connection(url, settings, environment, this.#backoff, {
      onReady: () => this.#ready(),
      onFrame: (frame) => this.#receive(frame),
      onCut: () => this.#forEachChannel((channel) => channel.cut()),
      onEnd: () => this.#end(),
    })
    this.status = this.#connection.status
    this.transport = this.#connection.transport
    this.userId = this.#connection.userId
    this.error = this.#connection.error
    this.retryAt = this.#connection.retryAt
  }

  connect(): void {
    this.#connection.connect()
  }

  disconnect(): void {
    // Requests that wait for the first connection will never be sent either.
    if (this.status() === 'idle') this.#end()
    const members = [...this.#channels.values()].filter((channel) => channel.isMember)
    this.#connection.disconnect(
      members.map(({ name }) => ({ type: 'unsubscribe', channel: name }) as const),
    )
    this.#channels.releaseUnused()
  }

  reconnectNow(): void {
    this.#connection.reconnectNow()
  }

  channel<Name extends string>(
    name: Name,
    options: ChannelOptions = {},
  ): Channel<ContractOf<readonly ChannelContract[], Name>> {
    // The server uses the canonical name in every frame.
    const canonical = canonicalChannel(name)
    const channel = this.#channels.get(canonical) ?? this.#createChannel(canonical)
    this.#channels.keep(canonical, channel)
    channel.configure(options)
    // Without contracts, every name has the contract that allows everything.
    return channel as Channel as ReturnType<typeof this.channel<Name>>
  }

  onFrame<Type extends UserFrame['type']>(
    type: Type,
    handler: (frame: Extract<UserFrame, { readonly type: Type }>) => void,
  ): () => void {
    return this.#userFrames.add((frame) => {
      if (frame.type === type) handler(frame as never)
    })
  }

  sendMessage(event: string, payload: unknown): Promise<unknown> {
    return createUnattended((resolve) => {
      resolve(ask(this, { type: 'message', event, payload: copied(payload) }, (answer) => answer))
    })
  }

  fetch(
    path: string,
    { method = 'GET', body, signal }: Partial<FetchRequest> = {},
  ): Promise<FetchResponse> {
    return createUnattended((resolve) => {
      const { link } = this.#connection
      if (!link) throw this.createAbsenceError()
      const request = {
        method,
        headers: {
          authorization: link.authorization,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body,
        signal,
      }
      resolve(this.environment.fetch(deriveRestPrefix(this.#url) + path, request))
    })
  }

  get limits(): ClientLimits {
    return this.#connection.link?.limits ?? DEFAULT_LIMITS
  }

  get isReady(): boolean {
    return this.#connection.link !== undefined
  }

  get hasEnded(): boolean {
    return this.#connection.hasEnded
  }

  get failure(): RealtimeError | undefined {
    return this.#connection.failure
  }

  createAbsenceError(): RealtimeError {
    const { failure } = this
    const because = failure ? `: ${failure.message}` : ''
    const message = `the client is not connected${because}`
    return new RealtimeError('unavailable', message, { cause: failure })
  }

  request(frame: ClientFrameInput, settle: Settle, options?: RequestOptions): void {
    const { link } = this.#connection
    if (link) link.request(frame, settle, options)
    else settle(err(this.createAbsenceError()))
  }

  requestSoon(frame: ClientFrameInput, settle: Settle): void {
    if (this.isReady || this.hasEnded) this.request(frame, settle)
    else this.#deferred.add(frame, settle)
  }

  send(frame: ClientFrameInput): void {
    this.#connection.link?.send(frame)
  }

  retry(error: RealtimeError, failures: number, run: () => void): () => void {
    return this.environment.clock.setTimer(run, retryDelayMs(error, failures, this.#backoff))
  }

  takePublishSlot(): boolean {
    if (this.#queuedPublishes >= this.#settings.maxQueuedPublishes) return false
    this.#queuedPublishes += 1
    return true
  }

  freePublishSlots(count: number): void {
    this.#queuedPublishes -= count
  }

  #createChannel(name: string): ClientChannel {
    return new ClientChannel(name, this, this.#createParts, (channel) =>
      this.#channels.keep(name, channel),
    )
  }

  #ready(): void {
    // A pattern's replay leaves out events that this connection already receives by name.
    for (const isPattern of [false, true]) {
      this.#forEachChannel((channel) => {
        if (hasWildcard(channel.name) === isPattern) channel.connected()
      })
    }
    // After the joins, because a channel's log may be for members only.
    for (const { frame, settle } of this.#deferred.take()) this.request(frame, settle)
  }

  #end(): void {
    const error = this.createAbsenceError()
    this.#forEachChannel((channel) => channel.end(error))
    for (const { settle } of this.#deferred.take()) settle(err(error))
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === 'token_expiring') this.#connection.tokenExpiring()
    else if ('subscriptions' in frame) this.#userFrames.emit(frame)
    else if ('channel' in frame) this.#channelOf(frame)?.receive(frame)
    else this.#userFrames.emit(frame)
  }

  #channelOf(frame: ChannelFrame): ClientChannel | undefined {
    const pattern = 'pattern' in frame ? frame.pattern : undefined
    const byPattern = pattern === undefined ? undefined : this.#channels.get(pattern)
    return byPattern ?? this.#channels.get(frame.channel)
  }

  #forEachChannel(run: (channel: ClientChannel) => void): void {
    for (const channel of [...this.#channels.values()]) run(channel)
  }
}
