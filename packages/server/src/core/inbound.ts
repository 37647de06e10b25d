import type { ClientLimits } from '@coterie/protocol'
import type { Connection } from './connection.ts'
import type { Outcome } from './feature.ts'
import type { FrameLane } from './frame-lane.ts'
import { InboundRate } from './inbound-rate.ts'
import type { Responder } from './responder.ts'
import type { Turn } from './user-turns.ts'

/** A message within the rate of its sender, and not read yet. */
export interface Message extends Turn {
  readonly connection: Connection
  readonly text: string
  readonly bytes: number
  readonly responder: Responder
}

/** What a connection has sent and is not answered yet. */
export interface Inbound {
  readonly lanes: Map<string, FrameLane<Outcome>>
  /** True while its messages wait: for the check of its user, or for the messages before them. */
  isHeld: boolean
  /** The messages that wait for that, in their order. */
  readonly waiting: Message[]
  /** Messages that wait for their turn among those of others. */
  queued: number
  /** Whose turn they wait for: that of the user, or of the connection where the user is anonymous. */
  source: unknown
  readonly rate: InboundRate
}

/** Begins with a connection that has sent nothing. @param nowMs monotonic time in ms */
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
