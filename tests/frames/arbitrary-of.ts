import fc from 'fast-check'
import { z } from 'zod'

// Control characters, quotes and backslashes among them, which JSON escapes.
const text = fc.string({ unit: 'binary', maxLength: 40 })
const texts = fc.oneof(
  text,
  fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), fc.nat()).map((parts) => parts.join(':')),
  fc.integer({ min: 0, max: 253_402_300_799_999 }).map((ms) => new Date(ms).toISOString()),
  fc.stringMatching(/^[A-Za-z0-9_-]{43}$/),
)
// A record of zod leaves this key out.
const key = text.filter((name) => name !== '__proto__')
const anything = fc.oneof(text, fc.jsonValue(), fc.dictionary(key, fc.jsonValue()))

/** Generates values that a schema of a frame accepts, as `JSON.stringify` takes them. */
export function arbitraryOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodObject) return objectOf(schema)
  if (schema instanceof z.ZodArray) return fc.array(arbitraryOf(schema.element), { maxLength: 3 })
  if (schema instanceof z.ZodOptional)
    return fc.option(arbitraryOf(schema.unwrap()), { nil: undefined })
  if (schema instanceof z.ZodNullable) return fc.option(arbitraryOf(schema.unwrap()))
  if (schema instanceof z.ZodReadonly) return arbitraryOf(schema.unwrap())
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map(arbitraryOf))
  if (schema instanceof z.ZodRecord) return fc.dictionary(key, arbitraryOf(schema.valueType))
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options)
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values)
  if (schema instanceof z.ZodBoolean) return fc.boolean()
  if (schema instanceof z.ZodUnknown) return fc.jsonValue()
  return candidatesOf(schema).filter((value) => z.safeParse(schema, value).success)
}

function objectOf({ shape }: z.ZodObject): fc.Arbitrary<unknown> {
  const fields = Object.entries(shape).map(([name, field]) => [name, arbitraryOf(field)])
  return fc.record(Object.fromEntries(fields))
}

function candidatesOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodNumber) return fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e9 }))
  return schema instanceof z.ZodCustom ? anything : texts
}
