import type { ConnectionId, Result, SubscribeRequest } from '@coterie/protocol'
import type { StreamStart } from './stream-join.ts'

/** What a transport tells the hub of its peer. */
export interface Peer {
  readonly id: ConnectionId

  /** Takes one message as it came. Never throws. */
  receive(text: string): void

  /**
   * Joins a channel for a transport that carries no frames upwards; events follow as frames.
   *
   * @param others positions beside `since`, of which one may be that of the channel
   */
  join(frame: SubscribeRequest, others?: readonly string[]): Promise<Result<StreamStart>>

  /** Notes that the peer is there, though it said nothing. */
  sawLife(): void

  /** Says that the transport has sent all that it held. */
  drained(): void

  /**
   * Says that the transport has ended. Idempotent.
   *
   * @param code the close code of the peer, where transports of its kind have one
   */
  end(code?: number): void
}
