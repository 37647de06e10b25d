import type { EventRecord } from '../ports/engine.ts'
import type { Connection } from './connection.ts'
import type { ChannelDefinition } from './definitions.ts'
import { eventFrame } from './event-frame.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

/** Events held back for one membership at most, until it goes live. */
const MAX_HELD_EVENTS = 10_000

/** One connection in one channel, or listening to one pattern. */
export class Membership {
  readonly connection: Connection
  /** The channel's name, or the pattern. */
  readonly channel: string
  readonly definition: ChannelDefinition
  /** True where the server joined the connection by itself, as for `user:<id>`. */
  readonly isPlaced: boolean
  /** True while the client itself subscribes. */
  isSubscribed: boolean
  #held: EventRecord[] | undefined

  constructor(
    connection: Connection,
    channel: string,
    definition: ChannelDefinition,
    isPlaced: boolean,
  ) {
    this.connection = connection
    this.channel = channel
    this.definition = definition
    this.isPlaced = isPlaced
    this.isSubscribed = !isPlaced
  }

  /** Holds live events back until `goLive`, so that missed ones can be read first. */
  hold(): void {
    this.#held ??= []
  }

  /** Takes a live event: at once, or when the membership goes live. */
  receive(record: EventRecord, frame: OutgoingFrame): void {
    if (!this.#held) {
      this.connection.outbox.push(frame, record.delivery)
    } else if (this.#held.length < MAX_HELD_EVENTS) {
      this.#held.push(record)
    } else {
      this.connection.endSlow()
    }
  }

  /**
   * Releases what was held back.
   *
   * @param coveredOffset events up to this offset have been sent by other means
   */
  goLive(coveredOffset: number): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const record of held) {
      if (record.position && record.position.offset <= coveredOffset) continue
      this.connection.outbox.push(eventFrame(record), record.delivery)
    }
  }
}
