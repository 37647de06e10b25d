import { canonicalChannel, type PresenceAppearance } from '@coterie/protocol'
import type { Definitions } from '../../core/definitions.ts'
import type { Fanout } from '../../core/fanout.ts'
import type { Feature } from '../../core/feature.ts'
import type { FeatureHost } from '../../core/feature-host.ts'
import type { HubLifecycle } from '../../core/hub-lifecycle.ts'
import type { Ids } from '../../core/ids.ts'
import type { Interest } from '../../core/interest.ts'
import type { Memberships } from '../../core/memberships.ts'
import { PRESENCE_MAP } from '../../core/presence-map.ts'
import type { PublishOptions, ServerPublisher } from '../../core/server-publisher.ts'
import type { HeartbeatConfig } from '../../local/heartbeat-config.ts'
import { type ChannelLink, HubChannels } from '../../local/hub-channels.ts'
import { HubPresence, type PresenceLink } from '../../local/hub-presence.ts'
import { LocalHub } from '../../local/local-hub.ts'
import type { Subscriber } from '../../local/subscriber.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, EventRecord, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { appearanceOf } from './appearance-of.ts'
import { checkClient, checkMessage, createUncreated } from './check-client.ts'
import { SharedChannels } from './shared-channels.ts'

/** Changes how a user with connections of this node appears; false where there are none. */
interface Appearances {
  appear(channel: string, userId: string, wanted: PresenceAppearance): boolean
}

/** The parts of the hub that channels within the process need. */
export interface InProcessChannelsParts {
  readonly engine: Engine
  readonly host: Pick<FeatureHost, 'clientLeft'>
  readonly lifecycle: Pick<HubLifecycle, 'start' | 'requireOpen'>
  readonly serverPublisher: Pick<ServerPublisher, 'publish' | 'countReceivers'>
  readonly fanout: Pick<Fanout, 'countReceivers'>
  readonly interest: Interest
  readonly definitions: Definitions
  readonly memberships: Memberships
  readonly appearances: Appearances
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  /** Names this process among those that share the engine. */
  readonly node: string
  readonly heartbeat: HeartbeatConfig
  /** Messages that wait for each subscriber at most. */
  readonly bufferSize: number | undefined
}

/** Channels that clients of this process and connections use alike. */
export class InProcessChannels implements Feature {
  readonly maps = [PRESENCE_MAP]
  /** What code of this process works with. */
  readonly local: LocalHub
  readonly #parts: InProcessChannelsParts
  readonly #channels: HubChannels
  readonly #shared: SharedChannels
  /** Which clients of this process have what is being published to a pattern, by event. */
  readonly #reached = new Map<string, Set<Subscriber>>()

  constructor(parts: InProcessChannelsParts) {
    const { engine, host, lifecycle, interest, definitions, memberships } = parts
    const { clock, logger, node, heartbeat, bufferSize } = parts
    this.#parts = parts
    this.#channels = new HubChannels({ defaultBufferSize: bufferSize }, this.#channelLink())
    const presence = new HubPresence(clock, this.#presenceLink())
    this.#shared = new SharedChannels({
      engine,
      lifecycle,
      interest,
      definitions,
      memberships,
      presence,
      clock,
      logger,
      node,
    })
    this.local = new LocalHub({
      clock,
      channels: this.#channels,
      presence,
      heartbeat,
      checkClient,
      onLeft: (channel, clientId) => host.clientLeft(channel, clientId),
    })
  }

  channels(): readonly string[] {
    return this.#channels.listChannels()
  }

  onDelivered(record: EventRecord): void {
    const { channel, id } = record
    if (!this.#channels.hasChannel(channel)) return
    this.#channels.deliver(channel, textOf(record), this.#reached.get(id))
  }

  onChange(change: MapChange): void {
    this.#shared.apply(change)
  }

  #channelLink(): ChannelLink {
    return {
      created: (channel) => this.#shared.begin(channel),
      removed: (channel) => {
        this.local.forgetChannel(channel)
        this.#shared.end(channel)
      },
      publish: (channel, message) => this.#publish(channel, message),
      publishToTopic: (pattern, message) => this.#publishToTopic(pattern, message),
    }
  }

  #presenceLink(): PresenceLink {
    return {
      check: checkClient,
      isOwn: (...client) => this.#shared.isOwn(...client),
      isConnected: (...user) => this.#shared.isConnected(...user),
      show: (...client) => this.#shared.show(...client),
      hide: (...client) => this.#shared.hide(...client),
      appear: (channel, userId, metadata) =>
        this.#parts.appearances.appear(channel, userId, appearanceOf(metadata)),
      evict: (channel, clientId) => {
        if (!this.local.leave(channel, clientId)) this.#shared.hide(channel, clientId)
      },
    }
  }

  #publish(channel: string, message: string): number {
    const { lifecycle, fanout } = this.#parts
    lifecycle.requireOpen()
    if (!this.#channels.hasChannel(channel)) throw createUncreated(channel)
    checkMessage(message)
    const { subscriberCount } = this.#channels.getStats(channel)
    const receivers = subscriberCount + fanout.countReceivers(canonicalChannel(channel))
    void this.#publishInBackground(channel, message, {})
    return receivers
  }

  #publishToTopic(pattern: string, message: string): number {
    const { lifecycle, serverPublisher, ids } = this.#parts
    lifecycle.requireOpen()
    checkMessage(message)
    const messageId = ids.event()
    this.#reached.set(messageId, new Set())
    const receivers = serverPublisher.countReceivers(pattern)
    void this.#publishInBackground(pattern, message, { messageId }).then(() =>
      this.#reached.delete(messageId),
    )
    return receivers
  }

  async #publishInBackground(
    channel: string,
    message: string,
    options: PublishOptions,
  ): Promise<void> {
    const { serverPublisher, logger } = this.#parts
    const failed = (error: unknown): void => {
      logger.error({ channel, error }, 'a message could not be published')
    }
    await serverPublisher.publish(channel, 'message', message, options).then((published) => {
      if (!published.ok) failed(published.error)
    }, failed)
  }
}

// Texts are what clients of this process exchange; anything else is theirs as JSON.
function textOf({ payload }: EventRecord): string {
  return payload.startsWith('"') ? (JSON.parse(payload) as string) : payload
}
