import { RealtimeError, showValue } from '@coterie/protocol'
import type { FieldKind } from './local/check-fields.ts'

/** A kind of value that an argument may have, with the kinds of its fields. */
export interface ArgumentKind extends FieldKind {
  readonly fields?: Readonly<Record<string, ArgumentKind>>
}

/** How a method tells that an argument is wrong. */
type Answer = (error: RealtimeError) => unknown

/** How a method is called: its arguments in their order, and how it refuses. */
export interface Call {
  readonly arguments: readonly (readonly [name: string, kind: ArgumentKind])[]
  readonly answer: Answer
}

/** How each method of a service is called: one that is missing does not compile. */
export type CallsOf<Service> = {
  readonly [Name in keyof Service as Service[Name] extends (...given: never[]) => unknown
    ? Name
    : never]: Call
}

type Arguments = Readonly<Record<string, ArgumentKind>>

/** A method that returns a `Result`. */
export const returns = (given: Arguments): Call => ({
  arguments: Object.entries(given),
  answer: asResult,
})
/** A method that returns the promise of a `Result`. */
export const promises = (given: Arguments): Call => ({
  arguments: Object.entries(given),
  answer: (error) => Promise.resolve(asResult(error)),
})
/** A method that throws what it refuses. */
export const throws = (given: Arguments): Call => ({
  arguments: Object.entries(given),
  answer: (error) => {
    throw error
  },
})
/** A method that returns a promise, which rejects with what it refuses. */
export const rejects = (given: Arguments): Call => ({
  arguments: Object.entries(given),
  answer: (error) => Promise.reject(error),
})

/** Lets a service refuse arguments of a wrong kind with `invalid_payload`, by their names. */
export function guardCalls<Service extends object>(
  service: Service,
  calls: Partial<CallsOf<Service>>,
): Service {
  for (const [name, call] of Object.entries<Call>(calls as Readonly<Record<string, Call>>)) {
    const method = Reflect.get(service, name) as (...given: unknown[]) => unknown
    const kinds = call.arguments
    if (kinds.length === 0) continue
    const value = (...given: unknown[]): unknown => {
      for (const [index, [argument, kind]] of kinds.entries()) {
        const problem = problemOf(argument, given[index], kind)
        if (problem !== undefined) return call.answer(new RealtimeError('invalid_payload', problem))
      }
      return method.apply(service, given)
    }
    Object.defineProperty(service, name, { value, configurable: true, writable: true })
  }
  return service
}

function asResult(error: RealtimeError): object {
  return { ok: false, error }
}

function problemOf(name: string, value: unknown, kind: ArgumentKind): string | undefined {
  if (!kind.isRight(value)) return `${name}: expected ${kind.expected}, not ${showValue(value)}`
  if (!kind.fields || value === undefined) return undefined
  for (const [field, inner] of Object.entries(kind.fields)) {
    const problem = problemOf(field, Reflect.get(value as object, field), inner)
    if (problem !== undefined) return problem
  }
  return undefined
}
