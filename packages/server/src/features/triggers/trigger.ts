import type {
  EventId,
  EventSender,
  Jsonable,
  JsonLike,
  JsonValue,
  RealtimeError,
} from '@coterie/protocol'
import type { ConnectionInfo } from '../../core/describe-connection.ts'
import type { LeaveReason } from '../../core/feature.ts'
import type { Published, PublishOptions } from '../../core/server-publisher.ts'
import type { Principal } from '../../ports/principal.ts'

/** The answer of a trigger; undefined leaves it to other triggers, an error refuses. */
export type TriggerAnswer = JsonLike | RealtimeError | undefined

/**
 * Application logic beside a channel.
 *
 * A `RealtimeError`, thrown or returned, refuses what the client did and is sent
 * to it. Any other error that is thrown is logged; the client gets `internal`.
 */
export type TriggerHandler<Context> = (
  context: Context,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler need not answer
) => TriggerAnswer | void | Promise<TriggerAnswer | void>

/** The values of a template's placeholders. */
export type TriggerParams = Readonly<Record<string, string>>

/** The fields that every handler gets. */
export interface TriggerContext {
  /** Ends what the handler waits for, when its time is over. */
  readonly signal: AbortSignal

  /**
   * Publishes as the server, which runs no triggers. What has begun is waited
   * for before the client's own event goes on.
   *
   * @throws {RealtimeError} what the event is refused with, or `timeout` when the handler's time is over
   */
  publish<const Given>(
    channel: string,
    event: string,
    payload: Jsonable<Given>,
    options?: PublishOptions,
  ): Promise<Published>
}

/** What handlers get of what a client does. */
export interface ClientContext extends TriggerContext {
  /** What happened: the event's name, or `join`, `leave`, `connect`, `disconnect`. */
  readonly event: string
  /** The user who caused it, as the server knows them. */
  readonly auth: Principal
  readonly connection: ConnectionInfo
}

/** What handlers of events of clients get. */
export interface EventContext<Input = JsonValue, Params = TriggerParams, Payload = Input>
  extends ClientContext {
  readonly channel: string
  /** The values of the template's placeholders. */
  readonly params: Params
  /** The payload, as its schema and the triggers before left it. */
  readonly input: Input
  /** The client's own id of the event; a repetition has the same. */
  readonly messageId: string | undefined

  /** Answers the client, as returning does; the first answer counts. */
  reply(value: JsonLike): void
  /** Appends another payload in place of the client's, which is validated again. */
  replace(payload: Payload): void
  /** Appends nothing, and asks no further trigger; the client is answered. */
  stop(): void
}

/** What handlers of `join` and `leave` get. */
export interface MembershipContext<Params = TriggerParams> extends ClientContext {
  readonly channel: string
  readonly params: Params
  /** Why a client has left; undefined where it joins. */
  readonly reason: LeaveReason | undefined
}

/** What handlers of messages get; messages belong to no channel. */
export interface MessageContext extends ClientContext {
  readonly input: JsonValue

  /** Answers the client, as returning does; the first answer counts. */
  reply(value: JsonLike): void
}

/** What handlers of events of a log get. */
export interface DurableContext<Input = JsonValue, Params = TriggerParams> extends TriggerContext {
  /** The event's name. */
  readonly event: string
  readonly channel: string
  readonly params: Params
  readonly input: Input
  /** The same in every attempt: what was done for it once need not be done again. */
  readonly id: EventId
  readonly from: EventSender
  /** Where the event stands in the log of its channel. */
  readonly position: string
  /** ISO 8601 UTC with milliseconds. */
  readonly timestamp: string
  /** 1 for the first. */
  readonly attempt: number
}

/** How a trigger runs. */
export interface TriggerOptions {
  /** How long its handler may take, in ms. @default 5_000 */
  readonly timeoutMs?: number
  /** By what its figures are known. @default the pattern and the event */
  readonly name?: string
  readonly durable?: undefined
}

/** How a trigger runs that handles every event. */
export interface DurableTriggerOptions {
  /** By what the store knows how far it has come; the same after a restart. */
  readonly durable: string
  /** Times that an event is tried before it is a dead letter. @default 10 */
  readonly attempts?: number
  /** How long one attempt may take, in ms. @default 30_000 */
  readonly timeoutMs?: number
  /** Where a trigger begins that the store does not know. @default 'end' */
  readonly from?: 'start' | 'end'
}

/** What happens to connections and memberships. */
export type LifeEvent = 'connect' | 'disconnect' | 'join' | 'leave'

/** An event of a client by its name, for a name that alone means something else. */
export interface NamedEvent {
  readonly event: string
}
