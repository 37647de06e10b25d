import type { JsonValue } from './frames/frame.ts'

/**
 * The type of a parameter that takes any JSON value, including interfaces and
 * class instances. It rejects types that JSON would drop or change, such as
 * `Map`, functions and big integers.
 *
 * What the types do not show is refused when it is sent. Dates and everything
 * else with a `toJSON` are sent as what it returns: a `Date` arrives as its text.
 *
 * @example
 * ```ts
 * declare function send<const Given>(value: Jsonable<Given>): void
 * interface Point { x: number; y: number; label?: string }
 * const point: Point = { x: 1, y: 2 }
 * send(point)
 * ```
 */
export type Jsonable<Given> = JsonValue | (Given & Carried<Given>)

/**
 * The same where there is no type parameter, as for a member of an object: the
 * members of an interface or a class are checked when the value is sent.
 */
export type JsonLike =
  | JsonValue
  | (object & {
      // Maps, sets, promises and bytes have the one, functions the other.
      readonly [Symbol.toStringTag]?: never
      readonly [Symbol.hasInstance]?: never
    })

/** An object, not a list, whose members JSON can carry; interfaces and classes too. */
export type JsonObjectLike =
  | Readonly<Record<string, JsonLike>>
  | (object & JsonLike & { readonly [Symbol.iterator]?: never })

/** A type as JSON carries it; `never` in the place of what it cannot. */
type Carried<Value> = 0 extends 1 & Value
  ? Value
  : unknown extends Value
    ? Value
    : [Value] extends [JsonValue]
      ? Value
      : CarriedPart<Value>

type CarriedPart<Value> = Value extends string | number | boolean | null
  ? Value
  : Value extends bigint | symbol | undefined | AnyFunction
    ? never
    : Value extends { toJSON(...given: never[]): infer Json }
      ? [Carried<Json>] extends [never]
        ? never
        : Value
      : Value extends Opaque
        ? never
        : Value extends readonly unknown[]
          ? { [Index in keyof Value]: Carried<Value[Index]> }
          : { [Key in keyof Value]: CarriedMember<Value, Value[Key]> }

// A member that is undefined is left out.
type CarriedMember<Owner, Value> =
  | Carried<Exclude<Value, undefined | MethodOf<Owner>>>
  | Extract<Value, undefined | MethodOf<Owner>>

// The methods of a class are not data. The types do not tell them from functions that
// are; but classes and interfaces have no index signature, as what is written down on the spot has.
type MethodOf<Owner> = Owner extends Readonly<Record<string, unknown>> ? never : AnyFunction

type AnyFunction = (...given: never[]) => unknown

type Opaque =
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ArrayBufferView
  | ArrayBuffer
  | PromiseLike<unknown>
  | RegExp
  | Error
