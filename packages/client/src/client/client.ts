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

/** A frame for the user rather than for a channel; an `event` comes by a stored subscription. */
export type UserFrame =
  | NotificationFrame
  | InboxFrame
  | MessageFrame
  | EventFrame
  /** The server's current time: on connecting, and from time to time. */
  | PingFrame

/** A connection to a Coterie server and its channels, with or without contracts. */
export interface Client<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> {
  readonly status: Signal<ClientStatus>
  /** What carries the frames; null while not connected. */
  readonly transport: Signal<TransportName | null>
  /** The user of this connection; null until the server first names one. */
  readonly userId: Signal<string | null>
  /** Why the client was refused, or the last error; null while connected. */
  readonly error: Signal<RealtimeError | null>
  /** When the next attempt is due, in ms since 1970; null when none is planned. */
  readonly retryAt: Signal<number | null>
  /** The server's limits as last announced; the defaults until then. */
  readonly limits: ClientLimits
  /** Connects, unless it is connected or connecting. */
  connect(): void
  /**
   * Leaves every channel, closes the connection, and cancels pending work.
   *
   * Waiting publishes are rejected with `unavailable`. A later `connect()`
   * joins the subscribed channels again and resumes them.
   */
  disconnect(): void
  /** Skips the delay before the next attempt. */
  reconnectNow(): void
  /**
   * Returns the channel of a name or pattern, the same object for each call.
   *
   * Its users share one membership, so their options add up, from the next
   * `subscribe()` on; after the channel was left, given options replace
   * earlier ones.
   */
  channel<Name extends string>(
    name: Name,
    options?: ChannelOptions<ContractOf<Contracts, Name>>,
  ): Channel<ContractOf<Contracts, Name>>
  /** Calls a handler for frames to the user; the returned function removes it. */
  onFrame<Type extends UserFrame['type']>(
    type: Type,
    handler: (frame: Extract<UserFrame, { readonly type: Type }>) => void,
  ): () => void
  /**
   * Sends a message to the server's application, outside all channels; without a
   * connection it waits for one.
   *
   * @param event the type of the message
   * @returns the application's answer; null when it gives none
   * @throws {RealtimeError} the server's refusal; `timeout` when no connection
   * or no answer comes in time; `unavailable` when the connection is lost
   * before the answer, so that the application may or may not have the message
   */
  sendMessage<const Given>(event: string, payload: Jsonable<Given>): Promise<unknown>
  /** Sends a frame and passes on the reply; `unavailable` at once when not connected. */
  request(frame: ClientFrameInput, settle: Settle): void
  /**
   * Sends a request to the server's REST interface as this connection's user, such
   * as to `/notifications`; resolves with whatever status the server answers.
   *
   * @throws {RealtimeError} `unavailable` when not connected; the platform's error
   * when no answer arrives
   */
  fetch(
    path: string,
    request?: Partial<Pick<FetchRequest, 'method' | 'body' | 'signal'>>,
  ): Promise<FetchResponse>
  /** The sources of time, randomness and network, for code built on this client. */
  readonly environment: ClientEnvironment
}
