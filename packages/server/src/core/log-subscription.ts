import type { ConnectionId, Position } from '@coterie/protocol'
import type { EventRecord } from '../ports/engine.ts'
import type { Principal } from '../ports/principal.ts'

/** The connection that reads a log through a subscription. */
export interface LogSubscriber {
  readonly id: ConnectionId
  readonly principal: Principal | undefined
  readonly memberships: ReadonlyMap<string, { hasFrom(position: Position | null): boolean }>
}

/** A subscription that reads the log of a channel or of all channels of a pattern. */
export interface LogSubscription {
  readonly connection: LogSubscriber
  /** The channel's name, or the pattern. */
  readonly channel: string
  readonly isPattern: boolean
  /** Records that logged events up to a position were sent other than live. */
  cover(position: Position | null): void
}

/** Returns the position of an event in the log that a subscription reads. */
export function placeOf(
  { isPattern }: Pick<LogSubscription, 'isPattern'>,
  record: EventRecord,
): Position | null {
  return isPattern ? record.sequence : record.position
}
