import type {
  ChannelContract,
  ClientFrameInput,
  ClientLimits,
  ContractOf,
  EventFrame,
  InboxFrame,
  Jsonable,
  MessageFrame,
  NotificationFrame,
  PingFrame,
  RealtimeError,
} from '@coterie/protocol'
import type { Channel, ChannelOptions } from '../channel/channel.ts'
import type { ClientStatus } from '../connection/connection-phase.ts'
import type { ClientEnvironment, FetchRequest, FetchResponse } from '../connection/environment.ts'
import type { Settle } from '../connection/requests.ts'
import type { TransportName } from '../connection/transport-choice.ts'
import type { Signal } from '../signals/signal.ts'

/** A frame for the user rather than for a channel; an event is one by a stored subscription. */
export type UserFrame =
  | NotificationFrame
  | InboxFrame
  | MessageFrame
  | EventFrame
  /** Says what time it is at the server: on connecting, and from time to time. */
  | PingFrame

/** A connection to a Coterie server, and the channels on it, which have contracts or not. */
export interface Client<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> {
  readonly status: Signal<ClientStatus>
  /** What carries the frames; null while not connected. */
  readonly transport: Signal<TransportName | null>
  /** Who this connection is; null until the server first said so. */
  readonly userId: Signal<string | null>
  /** Why the client was refused, or what went wrong last; null while connected. */
  readonly error: Signal<RealtimeError | null>
  /** When the next attempt is due, in ms since 1970; null when none is. */
  readonly retryAt: Signal<number | null>
  /** What the server allows, as it said last; the defaults until then. */
  readonly limits: ClientLimits
  /** Connects, unless that is under way or done. */
  connect(): void
  /**
   * Leaves every channel, closes, and cancels whatever is under way.
   *
   * Publishes that wait are rejected with `unavailable`. A later `connect()`
   * joins the subscribed channels again and resumes them.
   */
  disconnect(): void
  /** Skips the wait before the next attempt. */
  reconnectNow(): void
  /**
   * Returns the channel of a name or pattern, the same object each time.
   *
   * Its users share one membership, so what they ask for adds up, from the next
   * `subscribe()` on; once the channel was left, options that are named replace
   * earlier ones.
   */
  channel<Name extends string>(
    name: Name,
    options?: ChannelOptions<ContractOf<Contracts, Name>>,
  ): Channel<ContractOf<Contracts, Name>>
  /** Hears what the server sends to the user rather than to a channel; the returned function ends it. */
  onFrame<Type extends UserFrame['type']>(
    type: Type,
    handler: (frame: Extract<UserFrame, { readonly type: Type }>) => void,
  ): () => void
  /**
   * Sends a message to the server's own application, in no channel; without a
   * connection it waits for one.
   *
   * @param event what the payload is
   * @returns what the application answers; null where it answers nothing
   * @throws {RealtimeError} the server's refusal; `timeout` where no connection
   * or no answer comes in time; `unavailable` where the connection is lost
   * before the answer, so that the application may have got it or not
   */
  sendMessage<const Given>(event: string, payload: Jsonable<Given>): Promise<unknown>
  /** Sends a frame and hands over the reply, at once `unavailable` where not connected. */
  request(frame: ClientFrameInput, settle: Settle): void
  /**
   * Asks the server's REST interface as the user of this connection, such as
   * for `/notifications`; resolves with whatever status it answers.
   *
   * @throws {RealtimeError} `unavailable` where not connected; what the platform throws
   * where no answer comes
   */
  fetch(
    path: string,
    request?: Partial<Pick<FetchRequest, 'method' | 'body' | 'signal'>>,
  ): Promise<FetchResponse>
  /** Where time, chance and the network come from; for what builds on this client. */
  readonly environment: ClientEnvironment
}
