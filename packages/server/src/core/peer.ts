import type { ConnectionId, Result, SubscribeRequest } from '@coterie/protocol'
import type { StreamStart } from './stream-join.ts'

/** The calls that a transport makes about its peer. */
export interface Peer {
  readonly id: ConnectionId

  /** Takes one message as it arrived. Never throws. */
  receive(text: string): void

  /**
   * Joins a channel for a one-way transport, which sends no frames; events follow as frames.
   *
   * @param others positions beside `since`; one of them may belong to the channel
   */
  join(frame: SubscribeRequest, others?: readonly string[]): Promise<Result<StreamStart>>

  /** Records a sign of life of a peer that sent no message. */
  sawLife(): void

  /** Tells that the transport has sent everything that it buffered. */
  drained(): void

  /**
   * Tells that the transport has ended. Idempotent.
   *
   * @param code the peer's close code, if this kind of transport has one
   */
  end(code?: number): void
}
