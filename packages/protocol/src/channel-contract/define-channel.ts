import { isOfLength } from '../character-count.ts'
import { stateKeyProblem } from '../state-values.ts'
import type { ChannelContract, ChannelSchemas } from './channel-contract.ts'
import { ChannelTemplate } from './channel-template.ts'
import { isStandardSchema, type StandardSchema } from './standard-schema.ts'

const MAX_EVENT_NAME_CHARACTERS = 100
const KINDS = ['events', 'presence', 'state']

/**
 * Defines what may be sent in the channels of a template, for server and clients.
 *
 * Accepts schemas of any library that follows Standard Schema. Each
 * placeholder is exactly one segment of the name.
 *
 * @throws {TypeError} saying what is wrong
 * @example
 * const document = defineChannel('document:{id}', {
 *   events: { edit: z.object({ content: z.string() }) },
 *   presence: z.object({ name: z.string() }),
 *   state: { title: z.string() },
 * })
 * document.name({ id: 7 }) // 'document:7'
 */
export function defineChannel<
  const Template extends string,
  const Schemas extends ChannelSchemas = Record<never, never>,
>(template: Template, schemas: Schemas = {} as Schemas): ChannelContract<Template, Schemas> {
  const channel = new ChannelTemplate(template)
  const problem = schemasProblem(schemas)
  if (problem !== undefined) throw new TypeError(`${template}: ${problem}`)
  return {
    template,
    pattern: channel.pattern,
    schemas,
    name: (params) => channel.name(params),
    params: (name) => channel.params(name),
  }
}

/** Tells whether a value is a contract made by `defineChannel`. */
export function isChannelContract(value: unknown): value is ChannelContract {
  if (typeof value !== 'object' || value === null) return false
  const { template, pattern, schemas } = value as Partial<ChannelContract>
  const isNamed = typeof template === 'string' && typeof pattern === 'string'
  return isNamed && schemasProblem(schemas) === undefined
}

function schemasProblem(schemas: unknown): string | undefined {
  if (!isRecord(schemas)) return `expected an object with ${KINDS.join(', ')}`
  const unknown = Object.keys(schemas).find((kind) => !KINDS.includes(kind))
  if (unknown !== undefined) return `unknown member ${unknown}; known are ${KINDS.join(', ')}`
  const { events = {}, presence, state = {} } = schemas
  if (presence !== undefined && !isStandardSchema(presence)) return expectedSchema('presence')
  return (
    recordProblem('events', events, eventNameProblem) ??
    recordProblem('state', state, (key) => stateKeyProblem(key.replace(/\/\*$/, '/x')))
  )
}

function recordProblem(
  kind: string,
  schemas: unknown,
  keyProblem: (key: string) => string | undefined,
): string | undefined {
  if (!isRecord(schemas) || isStandardSchema(schemas)) {
    return `${kind}: expected an object of schemas, one for each ${kind === 'state' ? 'key' : 'event'}`
  }
  for (const [key, schema] of Object.entries(schemas)) {
    const problem = keyProblem(key)
    if (problem !== undefined) return `${kind}.${key}: ${problem}`
    if (!isStandardSchema(schema)) return expectedSchema(`${kind}.${key}`)
  }
  return undefined
}

function eventNameProblem(name: string): string | undefined {
  return isOfLength(name, 1, MAX_EVENT_NAME_CHARACTERS)
    ? undefined
    : `an event's name has 1–${MAX_EVENT_NAME_CHARACTERS} characters`
}

function expectedSchema(name: string): string {
  return `${name}: expected a schema of a library that follows Standard Schema, version 1`
}

function isRecord(value: unknown): value is Readonly<Record<string, StandardSchema>> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
}
