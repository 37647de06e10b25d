import type { Result } from '@coterie/protocol'
import type { Feature } from '../../core/feature.ts'
import type { Membership } from '../../core/membership.ts'
import type { Memberships } from '../../core/memberships.ts'
import type { Engine, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { MEMBERS_MAP, RoomQueue } from './room-queue.ts'

/** What bounding the users of rooms needs of the hub. */
export interface RoomCapacityParts {
  readonly engine: Engine
  readonly logger: Logger
  readonly memberships: Pick<Memberships, 'isCurrent'>
}

/** Lets only so many users into a room, over all nodes. */
export class RoomCapacity implements Pick<Feature, 'map' | 'onChange'> {
  readonly map = MEMBERS_MAP
  readonly #parts: RoomCapacityParts
  /** Rooms that somebody of this node has a place in, or wants one. */
  readonly #queues = new Map<string, RoomQueue>()

  constructor(parts: RoomCapacityParts) {
    this.#parts = parts
  }

  /**
   * Takes a place, unless the user has one already or there is none.
   *
   * @param maxUsers undefined takes it whatever the number of users
   */
  claim(membership: Membership, maxUsers: number | undefined): Promise<Result<undefined>> {
    const { channel, connection } = membership
    return this.#queueOf(channel).enter({
      connectionId: connection.id,
      userId: connection.principal?.userId ?? '',
      maxUsers,
      isWanted: () => this.#parts.memberships.isCurrent(membership),
    })
  }

  /** Gives a place back, where one was taken. */
  release({ channel, connection }: Membership): void {
    this.#queues.get(channel)?.leave(connection.id)
  }

  onChange(change: MapChange): void {
    this.#queues.get(change.channel)?.apply(change)
  }

  #queueOf(channel: string): RoomQueue {
    const { engine, logger } = this.#parts
    let queue = this.#queues.get(channel)
    if (!queue) {
      queue = new RoomQueue({
        engine,
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
