import type { Result } from '@coterie/protocol'
import { Departures } from '../../core/departures.ts'
import type { Feature, LeaveReason } from '../../core/feature.ts'
import type { Membership } from '../../core/membership.ts'
import type { Memberships } from '../../core/memberships.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { MEMBERS_MAP, RoomQueue } from './room-queue.ts'

/** What bounding the users of rooms needs of the hub. */
export interface RoomCapacityParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly logger: Logger
  readonly memberships: Pick<Memberships, 'isCurrent'>
  /** How long who is cut off stays present, in ms. */
  readonly graceMs: number
}

/** Later than who was cut off stops being shown: else one more would be seen than may be in. */
const BEHIND_PRESENCE_MS = 1

/** Lets only so many users into a room, over all nodes. */
export class RoomCapacity implements Pick<Feature, 'maps' | 'onChange' | 'onStop'> {
  readonly maps = [MEMBERS_MAP]
  readonly #parts: RoomCapacityParts
  /** Rooms that somebody of this node has a place in, or wants one. */
  readonly #queues = new Map<string, RoomQueue>()
  /** Places of closed connections, whose users may come back. */
  readonly #departures: Departures<undefined>

  constructor(parts: RoomCapacityParts) {
    this.#parts = parts
    const { clock, graceMs } = parts
    this.#departures = new Departures(
      clock,
      graceMs + BEHIND_PRESENCE_MS,
      (channel, { connectionId }) => this.#queues.get(channel)?.leave(connectionId),
    )
  }

  /**
   * Takes a place, unless the user has one already or there is none.
   *
   * @param maxUsers undefined takes it whatever the number of users
   */
  async claim(membership: Membership, maxUsers: number | undefined): Promise<Result<undefined>> {
    const { channel, connection } = membership
    const { userId } = connection.principal
    const queue = this.#queueOf(channel)
    const claimed = await queue.enter({
      connectionId: connection.id,
      userId,
      maxUsers,
      isWanted: () => this.#parts.memberships.isCurrent(membership),
    })
    // Who has come back has a place by this connection, and needs no other.
    if (claimed.ok && this.#parts.memberships.isCurrent(membership)) {
      for (const { connectionId } of this.#departures.take(channel, userId)) {
        queue.leave(connectionId)
      }
    }
    return claimed
  }

  /** Gives a place back, where one was taken: of who was cut off, once they may be gone for good. */
  release(membership: Membership, reason: LeaveReason): void {
    const { channel, connection } = membership
    const queue = this.#queues.get(channel)
    if (!queue) return
    const connectionId = connection.id
    if (reason === 'unsubscribed') queue.leave(connectionId)
    else
      this.#departures.add(channel, connection.principal.userId, { connectionId, value: undefined })
  }

  async onStop(): Promise<void> {
    this.#departures.stop()
  }

  onChange(change: MapChange): void {
    this.#queues.get(change.channel)?.apply(change)
  }

  #queueOf(channel: string): RoomQueue {
    const { engine, clock, logger } = this.#parts
    let queue = this.#queues.get(channel)
    if (!queue) {
      queue = new RoomQueue({
        engine,
        clock,
        channel,
        onIdle: () => this.#queues.delete(channel),
        onLost: (error) => {
          logger.warn({ channel, error }, 'a place in a room could not be given back')
        },
      })
      this.#queues.set(channel, queue)
    }
    return queue
  }
}
