import { expect, it } from 'vitest'
import {
  type CheckedDocument,
  type CheckedSchema,
  type Located,
  operationsOf,
  readDocument,
} from './checked-fetch.ts'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

/** What hardly any field takes, of every type. */
const WRONG: readonly unknown[] = [
  '',
  ' ',
  'x\u0000y',
  '😀'.repeat(5_000),
  '10.0.0.1',
  'https://10.0.0.1/hook',
  '2000-01-01T00:00:00Z',
  -1,
  0,
  1.5,
  2 ** 53,
  true,
  [],
  [''],
  ['x\u0000y'],
  Array.from({ length: 30 }, (_, index) => `item-${index}`),
  { constructor: 1 },
  { 'x\u0000y': 1 },
  { text: 'x'.repeat(20_000) },
  { notification_channel: 'pigeon' },
  { a: { $nonsense: 1 } },
  null,
]

/** One member of the body of an operation. */
interface Member {
  readonly located: Located
  readonly steps: readonly string[]
}

function schemaOf(document: CheckedDocument, given: CheckedSchema): CheckedSchema {
  const name = given.$ref?.split('/').at(-1)
  return name ? (document.components.schemas[name] ?? {}) : given
}

function membersOf(document: CheckedDocument, located: Located): Member[] {
  const given = located.operation.requestBody?.content['application/json']?.schema
  const within = (steps: readonly string[], schema: CheckedSchema): Member[] =>
    Object.entries(schemaOf(document, schema).properties ?? {}).flatMap(([name, inner]) => [
      { located, steps: [...steps, name] },
      ...within([...steps, name], inner),
    ])
  return given ? within([], given) : []
}

function withValue(body: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value
  const members = typeof body === 'object' && body !== null ? body : {}
  return { ...members, [step]: withValue(Reflect.get(members, step), rest, value) }
}

async function start() {
  const { hub, call } = await startRestHub({ channels: { '#': {} } })
  const document = await readDocument((request) => hub.fetch(request))
  return { call, document, operations: operationsOf(document) }
}

it('every refusal of a body names the field as the document does', async () => {
  const { call, document, operations } = await start()
  const members = operations.flatMap((located) => membersOf(document, located))
  expect(members.length).toBeGreaterThan(60)
  const problems = new Set<string>()
  let refusals = 0
  for (const { located, steps } of members) {
    const { example } = located.operation.requestBody?.content['application/json'] ?? {}
    const path = located.path.replace(/\{\w+\}/g, 'one')
    for (const value of WRONG) {
      const body = withValue(example, steps, value)
      const { body: answer } = await call(located.method, path, { as: SERVER_KEY, body })
      if (answer?.error?.code !== 'invalid_payload') continue
      refusals += 1
      const { message, details } = answer.error
      const field: unknown = details?.field
      const named = steps.join('.')
      const isNamed =
        typeof field === 'string' &&
        message.startsWith(`${field}: `) &&
        // One that excludes another may name that.
        (related(field, named) || message.includes(named))
      if (!isNamed) problems.add(`${located.method} ${path} ${named}: ${field} ← ${message}`)
    }
  }
  expect([...problems]).toEqual([])
  expect(refusals).toBeGreaterThan(500)
})

it('every refusal of a query names the parameter as the document does', async () => {
  const { call, operations } = await start()
  const problems = new Set<string>()
  for (const { method, path, operation } of operations) {
    for (const { name, in: place } of operation.parameters ?? []) {
      if (place !== 'query') continue
      for (const value of [
        '',
        '-1',
        '0',
        '1.5',
        '99999999999999999999',
        'x',
        'a\u0000b',
        'é'.repeat(600),
      ]) {
        const own = name === 'user_id' ? '' : 'user_id=ada&'
        const takesUser = operation.parameters?.some((one) => one.name === 'user_id')
        const query = `${takesUser ? own : ''}${name}=${encodeURIComponent(value)}`
        const where = `${path.replace(/\{\w+\}/g, 'one')}?${query}`
        const { body: answer } = await call(method, where, { as: SERVER_KEY })
        if (answer?.error?.code !== 'invalid_payload') continue
        const { message, details } = answer.error
        if (details?.field === name && message.startsWith(`${name}: `)) continue
        problems.add(`${method} ${path} ${name}: ${details?.field} ← ${message}`)
      }
    }
  }
  expect([...problems]).toEqual([])
})

// What is wrong may be further in, or in an outer one: `labels.0`, `quiet_hours`.
function related(field: string, named: string): boolean {
  return field === named || field.startsWith(`${named}.`) || named.startsWith(`${field}.`)
}
