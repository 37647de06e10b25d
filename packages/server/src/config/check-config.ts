import { showValue } from '@coterie/protocol'
import { z } from 'zod'

/** Keys whose values no message may show. */
const CONFIDENTIAL: ReadonlySet<PropertyKey> = new Set([
  'jwtSecret',
  'secrets',
  'publicKeys',
  'apiKeys',
  'password',
  'email',
])
/** Says what is wrong with a configuration: the key, the value, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Checks a value against a schema of configuration.
 *
 * @throws {ConfigError} naming the first key that is wrong, its value and what is allowed
 */
export function checkConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const issue = checked.error.issues[0]
  if (!issue) throw new ConfigError('the configuration is not valid')
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0]].join('.')
    throw new ConfigError(`unknown key "${path}"; known here: ${knownKeys(schema, issue.path)}`)
  }
  const given = issue.path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  )
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message
  const isHidden = given !== undefined && issue.path.some((key) => CONFIDENTIAL.has(key))
  const shown = isHidden ? '(not shown)' : show(given)
  throw new ConfigError(`"${issue.path.join('.')}" is ${shown}: ${message}`)
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string {
  let at: z.ZodType | undefined = schema
  for (const key of path) {
    at = unwrap(at)
    if (at instanceof z.ZodObject) at = at.shape[key as string] as z.ZodType | undefined
    else if (at instanceof z.ZodRecord) at = at.valueType as z.ZodType
  }
  at = unwrap(at)
  return at instanceof z.ZodObject ? Object.keys(at.shape).join(', ') : 'none'
}

function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
  const isOptional = schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional
  return isOptional ? unwrap(schema.unwrap() as z.ZodType) : schema
}

function show(value: unknown): string {
  if (value === undefined) return 'missing'
  // An address may hold a password.
  return typeof value === 'string'
    ? showValue(value.replace(/:\/\/[^"]*@/g, '://…@'))
    : showValue(value).replace(/:\/\/[^"]*@/g, '://…@')
}
