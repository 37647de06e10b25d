import type { Result } from '@coterie/protocol'
import { Departures } from '../../core/departures.ts'
import type { Feature, LeaveReason } from '../../core/feature.ts'
import type { Membership } from '../../core/membership.ts'
import type { Memberships } from '../../core/memberships.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { MEMBERS_MAP, RoomQueue } from './room-queue.ts'

/** The parts of the hub that limiting the users of rooms needs. */
export interface RoomCapacityParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly logger: Logger
  readonly memberships: Pick<Memberships, 'isCurrent'>
  /** How long a user who is cut off stays present, in ms. */
  readonly graceMs: number
}

/** How much later than presence a place ends, in ms: else one user too many is shown. */
const BEHIND_PRESENCE_MS = 1

/** Limits how many users are in a room, over all nodes. */
export class RoomCapacity implements Pick<Feature, 'maps' | 'onChange' | 'onStop'> {
  readonly maps = [MEMBERS_MAP]
  readonly #parts: RoomCapacityParts
  /** Rooms in which a connection of this node has a place, or wants one. */
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
   * Takes a place for a user who has none yet, or is refused with `room_full`.
   *
   * @param maxUsers undefined takes it however many users are in the room
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
    // A user who has come back needs only the place of the new connection.
    if (claimed.ok && this.#parts.memberships.isCurrent(membership)) {
      for (const { connectionId } of this.#departures.take(channel, userId)) {
        queue.leave(connectionId)
      }
    }
    return claimed
  }

  /** Gives a place back; that of a user who is cut off only after the grace period. */
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
          logger.warn({ channel, error }, 'a place in a room could not be freed')
        },
      })
      this.#queues.set(channel, queue)
    }
    return queue
  }
}
