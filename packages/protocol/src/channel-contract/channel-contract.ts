import type { JsonValue } from '../frames/frame.ts'
import type { Jsonable, JsonLike, JsonObjectLike } from '../jsonable.ts'
import type { StateValues } from '../state-values.ts'
import type { ParamInputsOf, ParamsOf } from './channel-template.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts'

/** Schemas of what may be sent in a channel; what has no schema may be anything. */
export interface ChannelSchemas {
  /** The payloads by the names of their events. Other events are refused. */
  readonly events?: Readonly<Record<string, StandardSchema>>
  /** What those who are present say of themselves. */
  readonly presence?: StandardSchema
  /**
   * The values of shared state by their keys; `list/*` are all keys that begin
   * with `list/`. Other keys are refused. Any key may be missing.
   */
  readonly state?: Readonly<Record<string, StandardSchema>>
}

/** What may be sent in the channels of one template, for server and clients alike. */
export interface ChannelContract<
  Template extends string = string,
  Schemas extends ChannelSchemas = ChannelSchemas,
> {
  readonly template: Template
  /** The pattern of the channels that it is for, such as `document:*`. */
  readonly pattern: string
  readonly schemas: Schemas
  /**
   * Makes the name of a channel.
   *
   * @throws {TypeError} naming the value that is missing or makes no segment of a name
   */
  name(params: ParamInputsOf<Template>): string
  /** Reads the placeholders' values out of a channel's name; undefined when it is another's. */
  params(channel: string): ParamsOf<Template> | undefined
}

/** The type of a value that was sent as JSON: a `Date` arrives as its text. */
export type AsJson<Value> = Value extends JsonValue
  ? Value
  : Value extends { toJSON(): infer Json }
    ? Json
    : Value extends object
      ? { [Key in keyof Value]: AsJson<Value[Key]> }
      : Value

/** The payloads of a contract's events as they arrive, by the names of the events. */
export type EventsOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly events: infer Events extends Readonly<Record<string, StandardSchema>>
}
  ? { readonly [Name in keyof Events]: AsJson<SchemaOutput<Events[Name]>> }
  : Readonly<Record<string, JsonValue>>

/** The payloads of a contract's events as they may be published, by the names of the events. */
export type EventInputsOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly events: infer Events extends Readonly<Record<string, StandardSchema>>
}
  ? { readonly [Name in keyof Events]: SchemaInput<Events[Name]> }
  : Readonly<Record<string, JsonValue>>

/**
 * The type of a parameter that takes the payload of an event.
 *
 * It is what the contract allows; without a contract, whatever JSON can carry.
 */
export type EventPayload<
  Contract extends ChannelContract,
  Event extends EventNameOf<Contract>,
  Given,
> = JsonValue extends EventInputsOf<Contract>[Event]
  ? Jsonable<Given>
  : EventInputsOf<Contract>[Event]

/** The names of a contract's events. */
export type EventNameOf<Contract extends ChannelContract> = keyof EventsOf<Contract> & string

/** The presence data of a contract's channels, as it arrives. */
export type PresenceDataOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly presence: infer Schema extends StandardSchema
}
  ? NullForUndefined<AsJson<SchemaOutput<Schema>>>
  : JsonValue

/** The presence data that may be sent in a contract's channels. */
export type PresenceInputOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly presence: infer Schema extends StandardSchema
}
  ? Exclude<SchemaInput<Schema>, undefined>
  : JsonLike

/** The shared state of a contract's channels. */
export type StateOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly state: infer State extends Readonly<Record<string, StandardSchema>>
}
  ? { readonly [Key in keyof State as StateKey<Key>]?: AsJson<SchemaOutput<State[Key]>> }
  : StateValues

/** Values that keys of shared state may be set to in a contract's channels. */
export type StateInputsOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly state: infer State extends Readonly<Record<string, StandardSchema>>
}
  ? { readonly [Key in keyof State as StateKey<Key>]?: SchemaInput<State[Key]> }
  : StateInputs

/** Values that keys of shared state may be set to, where no contract says. */
export type StateInputs = Readonly<Record<string, JsonLike>>

/** The type of a parameter that takes several values of a shared state by their keys. */
export type StateObject<Inputs> = string extends keyof Inputs ? JsonObjectLike : Inputs

type NullForUndefined<Value> = undefined extends Value ? Exclude<Value, undefined> | null : Value

type StateKey<Key> = Key extends `${infer List}/*` ? `${List}/${string}` : Key

/**
 * Finds the contract of a channel by the channel's name.
 *
 * If several match, the most specific template counts: from the left, a literal
 * segment goes before a placeholder. If none matches, or the name is not known
 * to the compiler, the contract allows everything.
 */
export type ContractOf<
  Contracts extends readonly ChannelContract[],
  Name extends string,
> = Name extends unknown ? Find<Contracts, Name, undefined> : never

type Find<
  Contracts extends readonly ChannelContract[],
  Name extends string,
  Best extends ChannelContract | undefined,
> = Contracts extends readonly [
  infer First extends ChannelContract,
  ...infer Rest extends readonly ChannelContract[],
]
  ? Find<Rest, Name, Better<First, Name, Best>>
  : Best extends ChannelContract
    ? Best
    : ChannelContract

type Better<
  Contract extends ChannelContract,
  Name extends string,
  Best extends ChannelContract | undefined,
> =
  Matches<Contract['template'], Name> extends true
    ? Best extends ChannelContract
      ? IsMoreSpecific<Contract['template'], Best['template']> extends true
        ? Contract
        : Best
      : Contract
    : Best

type Matches<Template extends string, Name extends string> = string extends Name
  ? false
  : Template extends `${infer Segment}:${infer Rest}`
    ? Name extends `${infer First}:${infer Others}`
      ? Fits<Segment, First> extends true
        ? Matches<Rest, WithoutWidening<Others>>
        : false
      : false
    : Fits<Template, Name>

// What a template string leaves open is one segment: the names of deeper channels are others'.
type WithoutWidening<Name extends string> = string extends Name ? Open : Name

type Open = '{}'

type Fits<Segment extends string, Name extends string> = Segment extends `{${string}}`
  ? Name extends `${string}:${string}` | '' | '#'
    ? false
    : true
  : Name extends Segment
    ? true
    : false

type IsMoreSpecific<
  One extends string,
  Other extends string,
> = One extends `${infer First}:${infer Rest}`
  ? Other extends `${infer OtherFirst}:${infer OtherRest}`
    ? IsPlaceholder<First> extends IsPlaceholder<OtherFirst>
      ? IsMoreSpecific<Rest, OtherRest>
      : IsPlaceholder<OtherFirst>
    : false
  : IsPlaceholder<One> extends IsPlaceholder<Other>
    ? false
    : IsPlaceholder<Other>

type IsPlaceholder<Segment extends string> = Segment extends `{${string}}` ? true : false
