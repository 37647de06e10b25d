import type { JsonValue } from '../frames/frame.ts'
import type { Jsonable, JsonLike, JsonObjectLike } from '../jsonable.ts'
import type { StateValues } from '../state-values.ts'
import type { ParamInputsOf, ParamsOf } from './channel-template.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts'

/** Schemas of what may be sent in a channel; without a schema, any value is valid. */
export interface ChannelSchemas {
  /** Payload schemas by event name. Other events are refused. */
  readonly events?: Readonly<Record<string, StandardSchema>>
  /** The presence data that users share. */
  readonly presence?: StandardSchema
  /**
   * Schemas of shared state by key; `list/*` means all keys that begin with
   * with `list/`. Other keys are refused. Any key may be missing.
   */
  readonly state?: Readonly<Record<string, StandardSchema>>
}

/** What may be sent in the channels of one template, for server and clients. */
export interface ChannelContract<
  Template extends string = string,
  Schemas extends ChannelSchemas = ChannelSchemas,
> {
  readonly template: Template
  /** The pattern of its channels, such as `document:*`. */
  readonly pattern: string
  readonly schemas: Schemas
  /**
   * Makes the name of a channel.
   *
   * @throws {TypeError} naming the value that is missing or not valid as a segment
   */
  name(params: ParamInputsOf<Template>): string
  /** Reads the placeholders' values from a channel's name; undefined when it does not match. */
  params(channel: string): ParamsOf<Template> | undefined
}

/** The type of a value after transport as JSON: a `Date` arrives as its text. */
export type AsJson<Value> = Value extends JsonValue
  ? Value
  : Value extends { toJSON(): infer Json }
    ? Json
    : Value extends object
      ? { [Key in keyof Value]: AsJson<Value[Key]> }
      : Value

/** The payloads of a contract's events as received, by event name. */
export type EventsOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly events: infer Events extends Readonly<Record<string, StandardSchema>>
}
  ? { readonly [Name in keyof Events]: AsJson<SchemaOutput<Events[Name]>> }
  : Readonly<Record<string, JsonValue>>

/** The payloads of a contract's events as published, by event name. */
export type EventInputsOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly events: infer Events extends Readonly<Record<string, StandardSchema>>
}
  ? { readonly [Name in keyof Events]: SchemaInput<Events[Name]> }
  : Readonly<Record<string, JsonValue>>

/**
 * The type of a parameter for the payload of an event.
 *
 * It is the contract's type, or without a contract any JSON value.
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

/** The presence data of a contract's channels, as received. */
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

/** The values that a contract allows for keys of shared state. */
export type StateInputsOf<Contract extends ChannelContract> = Contract['schemas'] extends {
  readonly state: infer State extends Readonly<Record<string, StandardSchema>>
}
  ? { readonly [Key in keyof State as StateKey<Key>]?: SchemaInput<State[Key]> }
  : StateInputs

/** The values of shared state without a contract. */
export type StateInputs = Readonly<Record<string, JsonLike>>

/** The type of a parameter for several values of shared state, by key. */
export type StateObject<Inputs> = string extends keyof Inputs ? JsonObjectLike : Inputs

type NullForUndefined<Value> = undefined extends Value ? Exclude<Value, undefined> | null : Value

type StateKey<Key> = Key extends `${infer List}/*` ? `${List}/${string}` : Key

/**
 * Finds the contract of a channel by the channel's name.
 *
 * If several match, the most specific template applies: from the left, a literal
 * segment beats a placeholder. If none matches, or the compiler does not know the
 * name, the contract allows everything.
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

// A placeholder of a template string is one segment: names with more segments are other channels.
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
