import { isDeepStrictEqual } from 'node:util'
import {
  cutText,
  type ErrorDetails,
  type JsonValue,
  ok,
  type Result,
  refuse,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
  type StateValues,
} from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'
import type { DeclaredSchemas } from './definitions.ts'
import { jsonTextOf } from './write-json.ts'

const MAX_MESSAGE_CHARACTERS = 500

/** A value that its schema accepts. */
export interface Checked {
  readonly value: JsonValue
  /** The value as JSON if the schema changed it; undefined if it is unchanged. */
  readonly text: JsonText | undefined
}

/** Immediate if no schema is asynchronous. */
type Soon<T> = T | Promise<T>

/** The position of a value, for the error message. */
interface Place {
  readonly channel: string
  /** The sender's name for the value, such as `payload`. */
  readonly name: string
  readonly details?: ErrorDetails
}

/** Validates what clients send against the schemas of its channel. Never throws. */
export class PayloadCheck {
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Validates the payload of an event; refuses undeclared events. */
  event(
    events: NonNullable<DeclaredSchemas['events']>,
    { channel, event, payload }: { channel: string; event: string; payload: JsonValue },
  ): Soon<Result<Checked>> {
    const schema = events.get(event)
    if (schema)
      return this.#check(schema, payload, { channel, name: 'payload', details: { event } })
    return refuseUndeclared('event', event, events, { event })
  }

  /** Validates presence data; the schema decides about undefined too. */
  presence(
    schema: StandardSchema,
    channel: string,
    data: JsonValue | undefined,
  ): Soon<Result<Checked>> {
    return this.#check(schema, data, { channel, name: 'data' })
  }

  /** Validates new values of shared state, and returns the schemas' output. */
  state(
    schemas: NonNullable<DeclaredSchemas['state']>,
    channel: string,
    values: StateValues,
  ): Soon<Result<StateValues>> {
    const checks: [key: string, Soon<Result<Checked>>][] = []
    for (const [key, value] of Object.entries(values)) {
      const schema = schemas.get(key) ?? schemas.get(key.replace(/\/.*$/s, '/*'))
      if (!schema) return refuseUndeclared(`set.${key}`, key, schemas)
      checks.push([key, this.#check(schema, value, { channel, name: `set.${key}` })])
    }
    if (!checks.some(([, check]) => check instanceof Promise)) {
      return collect(checks as [string, Result<Checked>][])
    }
    return Promise.all(
      checks.map(async ([key, check]): Promise<[string, Result<Checked>]> => [key, await check]),
    ).then(collect)
  }

  #check(
    schema: StandardSchema,
    value: JsonValue | undefined,
    place: Place,
  ): Soon<Result<Checked>> {
    try {
      const result = schema['~standard'].validate(value)
      if (!('then' in result)) return conclude(result, value, place)
      return Promise.resolve(result).then(
        (settled) => this.#conclude(settled, value, place),
        (error: unknown) => this.#failed(error, place),
      )
    } catch (error) {
      return this.#failed(error, place)
    }
  }

  #conclude(
    result: SchemaResult<unknown>,
    value: JsonValue | undefined,
    place: Place,
  ): Result<Checked> {
    try {
      return conclude(result, value, place)
    } catch (error) {
      return this.#failed(error, place)
    }
  }

  #failed(error: unknown, { channel, name, details }: Place): Result<Checked> {
    this.#logger.error({ channel, name, ...details, error }, 'a schema could not check a value')
    return refuse('internal', 'the server could not check this')
  }
}

function conclude(
  result: SchemaResult<unknown>,
  value: JsonValue | undefined,
  { name, details }: Place,
): Result<Checked> {
  if (result.issues) {
    const [issue] = result.issues
    const path = [name, ...pathOf(issue)].join('.')
    return refuse('invalid_payload', cut(`${path}: ${issue?.message ?? 'not valid'}`), {
      details: {
        path: cut(path),
        ...details,
      },
    })
  }
  // Libraries return copies; an unchanged value keeps its text.
  if (value !== undefined && isDeepStrictEqual(result.value, value)) {
    return ok({ value, text: undefined })
  }
  // A value that is missing and has no default in its schema becomes null.
  const text = jsonTextOf('the output of the schema', result.value ?? null)
  if (!text.ok) throw new TypeError(text.error.message)
  return ok({ value: JSON.parse(text.value) as JsonValue, text: text.value })
}

function collect(checks: readonly [key: string, check: Result<Checked>][]): Result<StateValues> {
  const values: [string, JsonValue][] = []
  for (const [key, check] of checks) {
    if (!check.ok) return check
    values.push([key, check.value.value])
  }
  return ok(Object.fromEntries(values))
}

function pathOf(issue: SchemaIssue | undefined): string[] {
  return (issue?.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step))
}

function refuseUndeclared(
  path: string,
  name: string,
  declared: ReadonlyMap<string, unknown>,
  details?: ErrorDetails,
): ReturnType<typeof refuse> {
  const known = [...declared.keys()].join(', ') || 'none'
  const message = `${cut(path)}: ${cut(JSON.stringify(name))} is not declared; declared: ${known}`
  return refuse('invalid_payload', cut(message), { details: { path: cut(path), ...details } })
}

// Names that a sender made up are not returned at full length.
function cut(text: string): string {
  return text.length > MAX_MESSAGE_CHARACTERS ? `${cutText(text, MAX_MESSAGE_CHARACTERS)}…` : text
}
