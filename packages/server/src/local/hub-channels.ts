import { canonicalChannel } from '@coterie/protocol'
import {
  ChannelManager,
  type ChannelManagerOptions,
  type CreateChannelOptions,
} from './channel-manager.ts'
import type { Subscriber } from './subscriber.ts'

/** Who else than clients of this process hears what is published, and is told of channels. */
export interface ChannelLink {
  /** Publishes a text to all in a channel; returns how many it reaches. */
  publish(channel: string, message: string): number
  /** Publishes to all channels that a pattern matches; returns how many it reaches beside `own`. */
  publishToTopic(pattern: string, message: string): number
  created(channel: string): void
  removed(channel: string): void
}

/** The channels of a hub: whatever is published or removed here, connections hear of too. */
export class HubChannels extends ChannelManager {
  readonly #link: ChannelLink

  constructor(options: ChannelManagerOptions, link: ChannelLink) {
    super(options)
    this.#link = link
  }

  /** Makes a channel that this process and connections can use alike. */
  override createChannel(given: string, options?: CreateChannelOptions): boolean {
    const isNew = super.createChannel(given, options)
    if (isNew) this.#link.created(canonicalChannel(given))
    return isNew
  }

  /** Removes a channel: ends its subscribers and puts its connections out. */
  override removeChannel(given: string): boolean {
    const isRemoved = super.removeChannel(given)
    if (isRemoved) this.#link.removed(canonicalChannel(given))
    return isRemoved
  }

  /** Publishes to all in a channel, without waiting for the engine; returns how many it reaches. */
  override publish(name: string, message: string): number {
    return this.#link.publish(name, message)
  }

  /** Publishes to all in the channels that a pattern matches; returns how many it reaches. */
  override publishToTopic(pattern: string, message: string): number {
    const reached = new Set<Subscriber>()
    for (const name of this.matching(pattern)) {
      for (const subscriber of this.subscribersOf(name)) reached.add(subscriber)
    }
    return reached.size + this.#link.publishToTopic(canonicalChannel(pattern), message)
  }

  /**
   * Hands a message that was published to the clients of this process.
   *
   * @param reached who has it already, by other channels; noted are those who get it now
   */
  deliver(name: string, message: string, reached?: Set<Subscriber>): void {
    if (!reached) {
      super.publish(name, message)
      return
    }
    const before = new Set(reached)
    this.enqueueOnce(name, message, reached)
    for (const subscriber of reached) if (!before.has(subscriber)) subscriber.callBack()
  }
}
