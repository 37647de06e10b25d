import type {
  ChannelContract,
  EventInputsOf,
  EventNameOf,
  EventsOf,
  JsonLike,
  JsonValue,
  ParamsOf,
} from '@coterie/protocol'
import type {
  ClientContext,
  DurableContext,
  DurableTriggerOptions,
  EventContext,
  MembershipContext,
  MessageContext,
  NamedEvent,
  TriggerHandler,
  TriggerOptions,
} from './trigger.ts'

/** The payload of a contract's event by its name; `*` is any of them. */
type InputOf<Contract extends ChannelContract, Event> =
  Event extends EventNameOf<Contract>
    ? EventsOf<Contract>[Event]
    : EventsOf<Contract>[EventNameOf<Contract>]

type PayloadOf<Contract extends ChannelContract, Event> =
  Event extends EventNameOf<Contract>
    ? EventInputsOf<Contract>[Event]
    : EventInputsOf<Contract>[EventNameOf<Contract>]

/** Registers triggers; what is returned removes one again. */
export interface RegisterTrigger {
  /**
   * Runs when a connection is known to be a user's, who may be refused, when
   * it has ended, or for messages that belong to no channel.
   *
   * @throws {TypeError} saying what is wrong
   */
  (
    event: 'connect' | 'disconnect',
    handler: TriggerHandler<ClientContext>,
    options?: TriggerOptions,
  ): () => void
  (event: 'message', handler: TriggerHandler<MessageContext>, options?: TriggerOptions): () => void

  /** Runs when a client enters a channel by its name, which may be refused, and when it has left. */
  <Template extends string>(
    channels: Template | ChannelContract<Template>,
    event: 'join' | 'leave',
    handler: TriggerHandler<MembershipContext<ParamsOf<Template>>>,
    options?: TriggerOptions,
  ): () => void

  /** Runs for the events of clients that are in a log: after, at least once, and in their order. */
  <Contract extends ChannelContract, Event extends EventNameOf<Contract> | '*'>(
    channels: Contract,
    event: Event | { readonly event: Event },
    handler: TriggerHandler<
      DurableContext<InputOf<Contract, Event>, ParamsOf<Contract['template']>>
    >,
    options: DurableTriggerOptions,
  ): () => void
  <Template extends string>(
    channels: Template,
    event: string | NamedEvent,
    handler: TriggerHandler<DurableContext<JsonValue, ParamsOf<Template>>>,
    options: DurableTriggerOptions,
  ): () => void

  /**
   * Runs before the events of clients are appended, by their name or `*` for
   * all; `{event: 'join'}` is an event that clients publish by that name.
   */
  <Contract extends ChannelContract, Event extends EventNameOf<Contract> | '*'>(
    channels: Contract,
    event: Event | { readonly event: Event },
    handler: TriggerHandler<
      EventContext<
        InputOf<Contract, Event>,
        ParamsOf<Contract['template']>,
        PayloadOf<Contract, Event>
      >
    >,
    options?: TriggerOptions,
  ): () => void
  <Template extends string>(
    channels: Template,
    event: string | NamedEvent,
    handler: TriggerHandler<EventContext<JsonValue, ParamsOf<Template>, JsonLike>>,
    options?: TriggerOptions,
  ): () => void
}
