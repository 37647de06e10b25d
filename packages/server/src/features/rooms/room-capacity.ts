import { ok, type Result, refuse, type UserId } from '@coterie/protocol'
import type { Membership } from '../../core/membership.ts'
import type { Engine, JsonText } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'

/** The map of the engine that says which connections of which users are in a room. */
const MEMBERS_MAP = 'room_members'
const MAX_ATTEMPTS = 1_000

/** Lets only so many users into a room, over all nodes. */
export class RoomCapacity {
  readonly #engine: Engine
  readonly #logger: Logger
  readonly #claims = new Set<Membership>()

  constructor(engine: Engine, logger: Logger) {
    this.#engine = engine
    this.#logger = logger
  }

  /**
   * Takes a place, unless the user has one already or there is none.
   *
   * @param maxUsers undefined takes it whatever the number of users
   */
  async claim(membership: Membership, maxUsers: number | undefined): Promise<Result<undefined>> {
    const { channel, connection } = membership
    const userId = connection.principal?.userId ?? ('' as UserId)
    const value = JSON.stringify(userId) as JsonText
    const changes = [{ key: connection.id, value }]
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { entries, version } = await this.#engine.entries(channel, MEMBERS_MAP)
      const users = new Set(entries.values())
      if (maxUsers !== undefined && !users.has(value) && users.size >= maxUsers) {
        return refuse('room_full', 'Room is full', { max_users: maxUsers })
      }
      const options = { leased: true, ifVersion: version }
      const changed = await this.#engine.change(channel, MEMBERS_MAP, changes, options)
      // Somebody else came or went meanwhile: who knows whether there is a place now.
      if (!changed.ok) continue
      this.#claims.add(membership)
      return ok(undefined)
    }
    return refuse('unavailable', 'too many enter and leave at this moment')
  }

  /** Gives a place back, where one was taken. */
  release(membership: Membership): void {
    if (!this.#claims.delete(membership)) return
    const { channel, connection } = membership
    const changes = [{ key: connection.id, value: null }]
    this.#engine.change(channel, MEMBERS_MAP, changes, {}).catch((error: unknown) => {
      this.#logger.warn({ channel, error }, 'a place in a room could not be given back')
    })
  }
}
