import type { Jsonable, JsonObjectLike } from '@coterie/protocol'
import { canonicalChannel } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import { ChannelManager, type CreateChannelOptions } from './channel-manager.ts'
import type { HeartbeatConfig } from './heartbeat-config.ts'
import type { HeartbeatMonitor } from './heartbeat-monitor.ts'
import { HubHeartbeat } from './hub-heartbeat.ts'
import { jsonTextOf } from './json-text.ts'
import { type PresenceDiff, type PresenceInfo, PresenceTracker } from './presence-tracker.ts'
import { type BroadcastConfig, RealtimeBroadcast } from './realtime-broadcast.ts'
import type { Subscriber } from './subscriber.ts'

/** What the in-process half of a hub is made of. */
export interface LocalHubOptions {
  readonly clock: Clock
  /** Messages that wait for each in-process subscriber at most. @default 256 */
  readonly channelBufferSize?: number | undefined
  readonly heartbeat?: HeartbeatConfig | undefined
  /** @default one for this process alone */
  readonly channels?: ChannelManager | undefined
  /** @default one for this process alone */
  readonly presence?: PresenceTracker | undefined
  /** Throws for a client that cannot join. */
  readonly checkClient?: ((clientId: string, metadata: JsonObjectLike) => void) | undefined
  /** Told of each client that has left a channel, before that is shown. */
  readonly onLeft?: ((channel: string, clientId: string) => void) | undefined
}

/** What a channel is made with. */
export interface LocalChannelOptions extends CreateChannelOptions {
  /** Makes a broadcast of the same name too. */
  readonly broadcast?: BroadcastConfig | undefined
}

/** Channels, presence, broadcasts and heartbeats of the clients within a process, kept together. */
export class LocalHub {
  readonly channels: ChannelManager
  readonly presence: PresenceTracker
  readonly broadcast = new RealtimeBroadcast()
  readonly heartbeat: HeartbeatMonitor
  readonly #joined = new Map<string, Set<string>>()
  readonly #options: LocalHubOptions

  constructor(options: LocalHubOptions) {
    const { clock, channelBufferSize, heartbeat, channels, presence } = options
    this.#options = options
    this.channels = channels ?? new ChannelManager({ defaultBufferSize: channelBufferSize })
    this.presence = presence ?? new PresenceTracker(clock)
    this.heartbeat = new HubHeartbeat(heartbeat, clock, (clientId) => this.disconnect(clientId))
  }

  /** Makes a channel; false when it is there already. @throws {RealtimeError} `invalid_channel` */
  createChannel(name: string, { broadcast, ...options }: LocalChannelOptions = {}): boolean {
    const isNew = this.channels.createChannel(name, options)
    if (isNew && broadcast) this.broadcast.create(name, broadcast)
    return isNew
  }

  /** Removes a channel: ends its subscribers, and nobody is present in it. */
  removeChannel(name: string): boolean {
    const isRemoved = this.channels.removeChannel(name)
    if (isRemoved) this.forgetChannel(canonicalChannel(name))
    return isRemoved
  }

  /** Forgets who had joined a channel that was removed. Idempotent. */
  forgetChannel(channel: string): void {
    this.broadcast.remove(channel)
    for (const [clientId, channels] of [...this.#joined]) {
      if (channels.has(channel)) this.#forget(channel, clientId)
    }
    // Somebody may be shown there without having joined.
    for (const { clientId } of this.presence.list(channel)) this.presence.untrack(channel, clientId)
  }

  /**
   * Subscribes a client, shows it as present, and watches whether it lives.
   *
   * @throws {RealtimeError} `unknown_channel`
   */
  join(name: string, clientId: string, metadata: JsonObjectLike = {}): Subscriber {
    this.#options.checkClient?.(clientId, metadata)
    const channel = canonicalChannel(name)
    const subscriber = this.channels.subscribe(channel, clientId)
    this.presence.track(channel, clientId, metadata)
    if (!this.heartbeat.has(clientId)) this.heartbeat.register(clientId)
    const channels = this.#joined.get(clientId)
    if (channels) channels.add(channel)
    else this.#joined.set(clientId, new Set([channel]))
    return subscriber
  }

  /** Takes a client out of a channel; it is watched while it is in another. */
  leave(name: string, clientId: string): boolean {
    const channel = canonicalChannel(name)
    if (!this.#joined.get(clientId)?.has(channel)) return false
    this.channels.unsubscribe(channel, clientId)
    this.#forget(channel, clientId)
    return true
  }

  /** Takes a client out of all its channels and returns them. */
  disconnect(clientId: string): string[] {
    const channels = [...(this.#joined.get(clientId) ?? [])]
    for (const channel of channels) this.leave(channel, clientId)
    return channels
  }

  /** Publishes to a channel; returns how many clients it reached. @throws {RealtimeError} `unknown_channel` */
  publish(channel: string, message: string): number {
    return this.channels.publish(channel, message)
  }

  /** Publishes a value as JSON text. */
  publishJson<const Given>(channel: string, value: Jsonable<Given>): number {
    return this.publish(channel, jsonTextOf(value))
  }

  /** Returns who is in a channel. */
  getPresence(channel: string): PresenceInfo[] {
    return this.presence.list(channel)
  }

  /** Returns who came, changed and left since this was last asked. */
  getPresenceDiff(channel: string): PresenceDiff {
    return this.presence.flushDiff(channel)
  }

  #forget(channel: string, clientId: string): void {
    this.#options.onLeft?.(channel, clientId)
    this.presence.untrack(channel, clientId)
    const channels = this.#joined.get(clientId)
    channels?.delete(channel)
    if (channels?.size !== 0) return
    this.#joined.delete(clientId)
    this.heartbeat.unregister(clientId)
  }
}
