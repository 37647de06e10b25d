import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type CheckedDocument,
  type CheckedSchema,
  type Located,
  operationsOf,
  readDocument,
} from './checked-fetch.ts'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

/** As much of the schema of a text as bounds it. */
interface TextSchema extends CheckedSchema {
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  readonly items?: TextSchema
  readonly anyOf?: readonly TextSchema[]
}

/** One text somewhere in the body of an operation. */
interface TextField {
  readonly located: Located
  readonly steps: readonly string[]
  readonly schema: TextSchema
}

const EMOJI = '😀'
/** One unit, two units, and one that is made of two characters. */
const CHARACTERS = ['a', 'ü', '€', EMOJI, '𝒳', 'e\u0301']

function textsIn(document: CheckedDocument, located: Located): TextField[] {
  const schema = located.operation.requestBody?.content['application/json']?.schema
  return schema ? fieldsOf(document, located, [], schema) : []
}

function fieldsOf(
  document: CheckedDocument,
  located: Located,
  steps: readonly string[],
  given: TextSchema,
): TextField[] {
  const name = given.$ref?.split('/').at(-1)
  const schema: TextSchema = name ? (document.components.schemas[name] ?? {}) : given
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
    fieldsOf(document, located, [...steps, key], property),
  )
  const items = schema.items ? fieldsOf(document, located, [...steps, '0'], schema.items) : []
  const isText = [schema.type].flat().includes('string') && !schema.enum
  return [...inner, ...items, ...(isText ? [{ located, steps, schema }] : [])]
}

function withText(body: unknown, [step, ...rest]: readonly string[], text: string): unknown {
  if (step === undefined) return text
  if (step === '0') return [withText(Array.isArray(body) ? body[0] : {}, rest, text)]
  const members = typeof body === 'object' && body !== null ? body : {}
  return { ...members, [step]: withText(Reflect.get(members, step), rest, text) }
}

async function start() {
  const { hub, call } = await startRestHub({ channels: { '#': {} } })
  const document = await readDocument((request) => hub.fetch(request))
  const fields = operationsOf(document).flatMap((located) => textsIn(document, located))
  /** Says how the server counts a text; undefined where it has another opinion of it, or none. */
  const lengthProblem = async ({ located, steps }: TextField, text: string) => {
    const { example } = located.operation.requestBody?.content['application/json'] ?? {}
    const base = steps.includes('actions')
      ? { ...(example as object), actions: [{ label: 'l', action: 'a' }] }
      : example
    const path = located.path.replace(/\{\w+\}/g, 'one')
    const { status, body } = await call(located.method, path, {
      as: SERVER_KEY,
      body: withText(base, steps, text),
    })
    const message: string = body?.error?.message ?? ''
    const isOfLength = /characters|Too big|Too small/.test(message)
    // Whatever field it names: a refusal by another name is one all the same.
    return status >= 400 && isOfLength ? message : undefined
  }
  return { fields, lengthProblem }
}

it('counts the characters of every bounded text as the document says: by code points', async () => {
  const { fields, lengthProblem } = await start()
  const bounded = fields.filter(({ schema }) => schema.maxLength !== undefined)
  expect(bounded.length).toBeGreaterThan(25)
  for (const field of bounded) {
    const { located, steps, schema } = field
    const { maxLength = 0, minLength = 0, pattern } = schema
    const name = [located.path, ...steps].join(' ')
    const at = await lengthProblem(field, EMOJI.repeat(maxLength))
    // What may hold certain characters only is refused for those.
    const isName = pattern !== undefined || steps.includes('channel')
    if (!isName) expect([name, at]).toEqual([name, undefined])
    const past = await lengthProblem(field, EMOJI.repeat(maxLength + 1))
    expect([name, past]).toEqual([name, expect.any(String)])
    if (minLength === 0) continue
    expect([name, await lengthProblem(field, '')]).toEqual([name, expect.any(String)])
  }
})

it('has no bound of a text that the document does not tell', async () => {
  const { fields, lengthProblem } = await start()
  for (const field of fields) {
    if (field.schema.maxLength !== undefined) continue
    const name = [field.located.path, ...field.steps].join(' ')
    const problem = await lengthProblem(field, EMOJI.repeat(5_000))
    expect([name, problem]).toEqual([name, undefined])
  }
})

it('counts alike whatever characters a text is made of', async () => {
  const { fields, lengthProblem } = await start()
  const titles = fields.filter(({ schema, steps }) => {
    const { maxLength = 0, pattern } = schema
    const isName = pattern !== undefined || steps.includes('topic') || steps.includes('channel')
    return maxLength > 0 && maxLength <= 255 && !isName
  })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...titles),
      fc.array(fc.constantFrom(...CHARACTERS), { minLength: 60, maxLength: 300 }),
      fc.integer({ min: -2, max: 2 }),
      async (field, pieces, beyond) => {
        const characters = [...pieces.join('').repeat(8)]
        const { maxLength = 0 } = field.schema
        const text = characters.slice(0, maxLength + beyond).join('')
        const problem = await lengthProblem(field, text)
        expect(problem === undefined).toBe(beyond <= 0)
      },
    ),
    { numRuns: 60 },
  )
})
