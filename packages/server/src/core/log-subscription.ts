import type { ConnectionId, Position } from '@coterie/protocol'
import type { EventRecord } from '../ports/engine.ts'
import type { Principal } from '../ports/principal.ts'

/** The connection that reads a log by a subscription. */
export interface LogSubscriber {
  readonly id: ConnectionId
  readonly principal: Principal | undefined
  readonly memberships: ReadonlyMap<string, { hasFrom(position: Position | null): boolean }>
}

/** A subscription that reads the log of a channel, or of all channels that a pattern matches. */
export interface LogSubscription {
  readonly connection: LogSubscriber
  /** The channel's name, or the pattern. */
  readonly channel: string
  readonly isPattern: boolean
  /** Notes that logged events up to a position have been sent by other means than live. */
  cover(position: Position | null): void
}

/** Returns the position of an event in the log that a subscription reads. */
export function placeOf(
  { isPattern }: Pick<LogSubscription, 'isPattern'>,
  record: EventRecord,
): Position | null {
  return isPattern ? record.sequence : record.position
}
