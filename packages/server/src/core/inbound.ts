import type { ClientLimits } from '@coterie/protocol'
import type { Connection } from './connection.ts'
import type { Outcome } from './feature.ts'
import type { FrameLane } from './frame-lane.ts'
import { InboundRate } from './inbound-rate.ts'
import type { Responder } from './responder.ts'
import type { Turn } from './user-turns.ts'

/** A message within its sender's rate that has not been parsed yet. */
export interface Message extends Turn {
  readonly connection: Connection
  readonly text: string
  readonly bytes: number
  readonly responder: Responder
}

/** The messages of a connection that have not been answered yet. */
export interface Inbound {
  readonly lanes: Map<string, FrameLane<Outcome>>
  /** True while its messages wait for authentication or for earlier messages. */
  isHeld: boolean
  /** The messages that wait for that, in order. */
  readonly waiting: Message[]
  /** Messages waiting for their turn among the messages of other senders. */
  queued: number
  /** Whose turn the messages wait for: the user's, or an anonymous connection's own. */
  source: unknown
  readonly rate: InboundRate
}

/** Starts with a connection that has sent nothing. @param nowMs monotonic time in ms */
export function createInbound(
  connection: Connection,
  limits: Pick<ClientLimits, 'bytes_per_second' | 'bytes_burst'>,
  nowMs: number,
): Inbound {
  return {
    lanes: new Map(),
    isHeld: false,
    waiting: [],
    queued: 0,
    source: undefined,
    rate: new InboundRate(connection, limits, nowMs),
  }
}
