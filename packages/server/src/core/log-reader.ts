import {
  err,
  hasWildcard,
  type Position,
  type RecoveryFailure,
  type Result,
} from '@coterie/protocol'
import type { Engine, EventRecord, LogPage, ReadOptions } from '../ports/engine.ts'
import type { Access } from './access.ts'
import type { Membership } from './membership.ts'

/** Reads what a subscription is about: the log of a channel, or all that a pattern matches. */
export class LogReader {
  readonly #engine: Engine
  readonly #access: Access

  constructor(engine: Engine, access: Access) {
    this.#engine = engine
    this.#access = access
  }

  /** Tells whether a subscription has a log to read. */
  hasLog({ channel, definition }: Membership): boolean {
    return hasWildcard(channel)
      ? this.#engine.capabilities.sequenced
      : definition.history !== undefined
  }

  /** Reads a page; what the subscriber may not see, or gets by a channel's name, is still in it. */
  read(channel: string, options: ReadOptions): Promise<Result<LogPage, RecoveryFailure>> {
    if (!hasWildcard(channel)) return this.#engine.read(channel, options)
    return this.#engine.capabilities.sequenced
      ? this.#engine.readPattern(channel, options)
      : Promise.resolve(err('unknown_epoch'))
  }

  /** Tells whether an event that was read is for this subscriber. */
  isFor(membership: Membership, record: EventRecord): boolean {
    const { connection, channel } = membership
    if (record.excludeConnection === connection.id) return false
    if (!hasWildcard(channel)) return true
    const { principal } = connection
    if (!principal || !this.#access.mayReadByPattern(principal, record.channel)) return false
    // One delivery for each connection: what it is subscribed to by name comes that way.
    return !connection.memberships.get(record.channel)?.hasFrom(record.position)
  }
}

/** Returns where an event stands in the log that a subscription reads. */
export function placeOf({ isPattern }: Membership, record: EventRecord): Position | null {
  return isPattern ? record.sequence : record.position
}
