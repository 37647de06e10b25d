import type { EphemeralFrame, UserId } from '@coterie/protocol'
import type { Fanout } from '../../core/fanout.ts'
import type { Interest } from '../../core/interest.ts'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import { InMemoryRealtime } from '../../local/in-memory-realtime.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { EphemeralCallback, EphemeralEvent } from '../../ports/realtime-backend.ts'
import { createEphemeralEvent, type NewEphemeralEvent } from './create-ephemeral-event.ts'

const ROOM_PREFIX = 'room:'

/** What the outlet needs of the hub. */
export interface EphemeralOutletParts {
  readonly interest: Interest
  readonly fanout: Fanout
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Hands ephemeral events to the connections and the callbacks of this node. */
export class EphemeralOutlet {
  readonly #parts: EphemeralOutletParts
  readonly #backend: InMemoryRealtime
  /** The channel of each subscription. */
  readonly #channels = new Map<string, string>()
  /** Subscriptions of each channel. */
  readonly #counts = new Map<string, number>()

  constructor(parts: EphemeralOutletParts) {
    this.#parts = parts
    this.#backend = new InMemoryRealtime((error) => {
      parts.logger.error({ error }, 'a callback for ephemeral events failed')
    })
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
    this.deliver(channel, this.#create(channel, event))
  }

  /** The same for callbacks alone, where connections learn of it otherwise. */
  tellCallbacks(channel: string, event: Omit<NewEphemeralEvent, 'roomId'>): void {
    if (this.hasCallbacks(channel)) this.#callBack(channel, this.#create(channel, event))
  }

  /** Hands over an event of a channel. Never waits for anybody. */
  deliver(channel: string, event: EphemeralEvent): void {
    const fields: Omit<EphemeralFrame, 'type'> = {
      room_id: roomOf(channel),
      channel,
      event_type: event.type,
      user_id: event.userId as UserId,
      timestamp: event.timestamp,
      data: event.data,
    }
    this.#parts.fanout.signal(channel, new OutgoingFrame('ephemeral', JSON.stringify(fields)))
    if (this.hasCallbacks(channel)) this.#callBack(channel, event)
  }

  /**
   * Calls back for each event of a channel from now on.
   *
   * @returns the id of the subscription, when nothing can be missed any more
   * @throws {RealtimeError} `unavailable` when the engine cannot bring the channel
   */
  async subscribe(channel: string, callback: EphemeralCallback): Promise<string> {
    const id = await this.#backend.subscribe(channel, callback)
    this.#channels.set(id, channel)
    const count = this.#counts.get(channel) ?? 0
    this.#counts.set(channel, count + 1)
    try {
      await this.#parts.interest.pin(channel)
    } catch (error) {
      await this.unsubscribe(id)
      throw error
    }
    return id
  }

  /** Ends a subscription and returns its channel; undefined when there is none. */
  async unsubscribe(id: string): Promise<string | undefined> {
    const channel = this.#channels.get(id)
    if (channel === undefined) return undefined
    this.#channels.delete(id)
    const count = this.#counts.get(channel) ?? 0
    if (count > 1) this.#counts.set(channel, count - 1)
    else this.#counts.delete(channel)
    this.#parts.interest.unpin(channel)
    await this.#backend.unsubscribe(id)
    return channel
  }

  /** Ends all subscriptions. Twice is once. */
  async close(): Promise<void> {
    for (const id of [...this.#channels.keys()]) await this.unsubscribe(id)
    await this.#backend.close()
  }

  #create(channel: string, event: Omit<NewEphemeralEvent, 'roomId'>): EphemeralEvent {
    const { clock, random } = this.#parts
    const roomId = roomOf(channel) ?? channel
    return createEphemeralEvent({ ...event, roomId }, clock, random)
  }

  #callBack(channel: string, event: EphemeralEvent): void {
    void this.#backend.publish(channel, event)
  }
}

/** Returns the channel of a room. */
export function channelOfRoom(roomId: string): string {
  return `${ROOM_PREFIX}${roomId}`
}

/** Returns the room whose channel this is; null for other channels. */
function roomOf(channel: string): string | null {
  return channel.startsWith(ROOM_PREFIX) ? channel.slice(ROOM_PREFIX.length) : null
}
