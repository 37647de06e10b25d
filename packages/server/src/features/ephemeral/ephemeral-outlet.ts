import type { UserId } from '@coterie/protocol'
import type { Fanout } from '../../core/fanout.ts'
import type { Interest } from '../../core/interest.ts'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import { roomOf } from '../../core/room-channel.ts'
import { settledWithin } from '../../core/settled-within.ts'
import { InMemoryRealtime } from '../../local/in-memory-realtime.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type {
  EphemeralCallback,
  EphemeralEvent,
  RealtimeBackend,
} from '../../ports/realtime-backend.ts'
import { BackendLink } from './backend-link.ts'
import { createEphemeralEvent, type NewEphemeralEvent } from './create-ephemeral-event.ts'

/** How long a connection that enters a room waits for the backend at most, in ms. */
const JOIN_WAIT_MS = 1_000

/** The parts of the hub that the outlet needs. */
export interface EphemeralOutletParts {
  readonly interest: Interest
  readonly fanout: Fanout
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Carries events between nodes in place of the engine. */
  readonly realtime?: RealtimeBackend | undefined
}

/** Hands ephemeral events to the connections and the callbacks of this node. */
export class EphemeralOutlet {
  readonly #parts: EphemeralOutletParts
  /** Keeps the callbacks of this node. */
  readonly #callbacks: InMemoryRealtime
  readonly #link: BackendLink | undefined
  /** The channel of each subscription. */
  readonly #channels = new Map<string, string>()
  /** Subscriptions of each channel. */
  readonly #counts = new Map<string, number>()

  constructor(parts: EphemeralOutletParts) {
    this.#parts = parts
    this.#callbacks = new InMemoryRealtime((error) => {
      parts.logger.error({ error }, 'a callback for ephemeral events failed')
    })
    const { realtime: backend, clock, logger } = parts
    const deliver = (channel: string, event: EphemeralEvent): void => this.deliver(channel, event)
    this.#link = backend && new BackendLink({ backend, clock, logger, deliver })
  }

  /** True where a backend carries events, so that one node alone tells of each. */
  get hasBackend(): boolean {
    return this.#link !== undefined
  }

  /** Events of the backend that could not be read. */
  get malformedCount(): number {
    return this.#link?.malformedCount ?? 0
  }

  /** Hands an event to the backend, for every node. @throws {RealtimeError} `unavailable` */
  async publish(channel: string, event: EphemeralEvent): Promise<void> {
    await this.#link?.publish(channel, event)
  }

  /**
   * Hears what the backend brings of a channel that a connection of this node is
   * in. Resolves when it does, and soon where it does not answer: rooms open
   * while a backend is down.
   */
  async hearForMember(channel: string): Promise<void> {
    if (!this.#link) return
    await settledWithin(this.#parts.clock, this.#link.hear(channel), JOIN_WAIT_MS)
  }

  /** Leaves a channel at the backend when this node has no listeners for it. */
  async dropUnheard(channel: string): Promise<void> {
    if (!this.isHeard(channel)) await this.#link?.drop(channel)
  }

  /** Tells whether anybody on this node hears what happens in a channel. */
  isHeard(channel: string): boolean {
    return this.#counts.has(channel) || this.#parts.interest.members(channel).size > 0
  }

  /** Tells whether any callback hears what happens in a channel. */
  hasCallbacks(channel: string): boolean {
    return this.#counts.has(channel)
  }

  /** Hands over an event of a channel that is made here and now. */
  tell(channel: string, event: Omit<NewEphemeralEvent, 'roomId'>): void {
    const created = this.#create(channel, event)
    if (!this.#link) {
      this.deliver(channel, created)
      return
    }
    this.#link.publish(channel, created).catch((error: unknown) => {
      this.#parts.logger.warn({ channel, error }, 'an ephemeral event could not be sent')
    })
  }

  /** The same for callbacks alone, where connections learn of it otherwise. */
  tellCallbacks(channel: string, event: Omit<NewEphemeralEvent, 'roomId'>): void {
    if (this.hasCallbacks(channel)) this.#callBack(channel, this.#create(channel, event))
  }

  /** Hands over an event of a channel. Never waits for anybody. */
  deliver(channel: string, event: EphemeralEvent): void {
    const frame = OutgoingFrame.of('ephemeral', {
      room_id: roomOf(channel) ?? null,
      channel,
      event_type: event.type,
      user_id: event.userId as UserId,
      timestamp: event.timestamp,
      data: event.data,
    })
    this.#parts.fanout.signal(channel, frame)
    if (this.hasCallbacks(channel)) this.#callBack(channel, event)
  }

  /**
   * Calls back for each event of a channel from now on.
   *
   * @returns the id of the subscription, when nothing can be missed any more
   * @throws {RealtimeError} `unavailable` when the engine cannot bring the channel
   */
  async subscribe(channel: string, callback: EphemeralCallback): Promise<string> {
    const id = await this.#callbacks.subscribe(channel, callback)
    this.#channels.set(id, channel)
    const count = this.#counts.get(channel) ?? 0
    this.#counts.set(channel, count + 1)
    try {
      await Promise.all([this.#parts.interest.pin(channel), this.#link?.hear(channel)])
    } catch (error) {
      await this.unsubscribe(id)
      throw error
    }
    return id
  }

  /** Ends a subscription and returns its channel; undefined without one. */
  async unsubscribe(id: string): Promise<string | undefined> {
    const channel = this.#end(id)
    if (channel === undefined) return undefined
    await this.#callbacks.unsubscribe(id)
    await this.dropUnheard(channel)
    return channel
  }

  /** Ends all subscriptions, and the backend. Idempotent. */
  async close(): Promise<void> {
    for (const id of [...this.#channels.keys()]) this.#end(id)
    await this.#callbacks.close()
    await this.#link?.close()
  }

  #end(id: string): string | undefined {
    const channel = this.#channels.get(id)
    if (channel === undefined) return undefined
    this.#channels.delete(id)
    const count = this.#counts.get(channel) ?? 0
    if (count > 1) this.#counts.set(channel, count - 1)
    else this.#counts.delete(channel)
    this.#parts.interest.unpin(channel)
    return channel
  }

  #create(channel: string, event: Omit<NewEphemeralEvent, 'roomId'>): EphemeralEvent {
    const { clock, random } = this.#parts
    const roomId = roomOf(channel) ?? channel
    return createEphemeralEvent({ ...event, roomId }, clock, random)
  }

  #callBack(channel: string, event: EphemeralEvent): void {
    void this.#callbacks.publish(channel, event)
  }
}
