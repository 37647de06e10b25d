import { expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { JsonValue } from '../frames/frame.ts'
import type {
  ChannelContract,
  ContractOf,
  EventInputsOf,
  EventNameOf,
  EventsOf,
  PresenceDataOf,
  PresenceInputOf,
  StateInputsOf,
  StateOf,
} from './channel-contract.ts'
import type { ParamsOf } from './channel-template.ts'
import { defineChannel, isChannelContract } from './define-channel.ts'
import { isStandardSchema, type StandardSchema } from './standard-schema.ts'

const upperCase: StandardSchema<string, Uppercase<string>> = {
  '~standard': {
    version: 1,
    vendor: 'hand',
    validate: (value) =>
      typeof value === 'string'
        ? { value: value.toUpperCase() as Uppercase<string> }
        : { issues: [{ message: 'expected a string' }] },
  },
}

const document = defineChannel('document:{id}', {
  events: {
    edit: z.object({ content: z.string(), by: z.string().default('nobody') }),
    at: z.coerce.date<string>(),
    shout: upperCase,
  },
  presence: z.object({ color: z.string() }).optional(),
  state: { title: z.string(), 'strokes/*': z.object({ order: z.string() }) },
})
const frontPage = defineChannel('document:front', { events: { news: z.string() } })
const comments = defineChannel('document:{id}:comments:{comment}')
type Contracts = readonly [typeof document, typeof frontPage, typeof comments]

it('makes names, and reads the placeholders back', () => {
  expect(document).toMatchObject({ template: 'document:{id}', pattern: 'document:*' })
  expect(document.name({ id: 7 })).toBe('document:7')
  expect(document.params('document:7')).toEqual({ id: '7' })
  expect(comments.pattern).toBe('document:*:comments:*')
  expect(comments.name({ id: 'a', comment: 'b' })).toBe('document:a:comments:b')
  expect(comments.params('document:a:comments:b')).toEqual({ id: 'a', comment: 'b' })
  expect(frontPage.params('document:front')).toEqual({})
})

it.each([
  'document',
  'document:7:comments',
  'documents:7',
  'document:',
  'document:a b',
  'document:*',
])('reads nothing out of %j, which is another channel', (channel) => {
  expect(document.params(channel)).toBeUndefined()
})

it.each([
  [
    { id: '' },
    'id: "" cannot stand in document:{id}; expected characters of A–Z a–z 0–9 _ . @ = -',
  ],
  [{ id: 'a:b' }, 'id: "a:b" cannot stand'],
  [{ id: '*' }, 'id: "*" cannot stand'],
  [{ id: 'a b' }, 'id: "a b" cannot stand'],
  [{ id: 'x'.repeat(195) }, 'at most 200 characters'],
  [{}, 'id: undefined cannot stand'],
])('makes no name of %j', (params, message) => {
  expect(() => document.name(params as { id: string })).toThrow(message)
  expect(() => document.name(params as { id: string })).toThrow(TypeError)
})

it.each([
  ['', 'a segment is empty'],
  ['document:', 'a segment is empty'],
  ['document:*', '* is a wildcard; expected a placeholder with a name, such as {id}'],
  ['document:#', '# is a wildcard'],
  ['document:{}', '"{}" is not a placeholder; expected one whole segment, such as {id}'],
  ['document:v{id}', '"v{id}" is not a placeholder'],
  ['document:{id', '"{id" is not a placeholder'],
  ['document:{a-b}', '"{a-b}" is not a placeholder'],
  ['document:{id}:{id}', 'the placeholder {id} occurs twice'],
  ['a document', '"a document" is not a segment; expected characters of A–Z a–z 0–9 _ . @ = -'],
  ['x'.repeat(201), 'is not a segment'],
  [`${'x'.repeat(199)}:{id}`, 'it is longer than 200 characters'],
])('refuses the template %j', (template, message) => {
  expect(() => defineChannel(template)).toThrow(message)
  expect(() => defineChannel(template)).toThrow(TypeError)
})

it.each([
  [{ event: {} }, 'd: unknown member event; known are events, presence, state'],
  [{ events: z.object({}) }, 'd: events: expected an object of schemas, one for each event'],
  [{ events: { edit: {} } }, 'd: events.edit: expected a schema'],
  [{ events: { '': z.string() } }, "an event's name has 1–100 characters"],
  [{ presence: 'any' }, 'd: presence: expected a schema'],
  [{ state: z.object({}) }, 'd: state: expected an object of schemas, one for each key'],
  [{ state: { 'a/constructor': z.string() } }, 'constructor cannot be used as a key'],
  [{ state: { title: 1 } }, 'd: state.title: expected a schema'],
  [null, 'd: expected an object with events, presence, state'],
])('refuses the schemas %j', (schemas, message) => {
  expect(() => defineChannel('d', schemas as never)).toThrow(message)
})

it('tells contracts and schemas from other things', () => {
  expect(isChannelContract(document)).toBe(true)
  expect(isChannelContract({ ...document, schemas: { events: 1 } })).toBe(false)
  expect(isChannelContract(z.object({}))).toBe(false)
  expect(isStandardSchema(upperCase)).toBe(true)
  // Schemas of some libraries are functions.
  expect(isStandardSchema(Object.assign(() => {}, upperCase))).toBe(true)
  for (const other of [null, undefined, {}, { '~standard': { version: 2, validate() {} } }]) {
    expect(isStandardSchema(other)).toBe(false)
  }
})

it('infers the parameters of a template', () => {
  expectTypeOf<ParamsOf<'document:{id}'>>().toEqualTypeOf<{ readonly id: string }>()
  expectTypeOf<ParamsOf<'a:{b}:c:{d}'>>().toEqualTypeOf<{
    readonly b: string
    readonly d: string
  }>()
  expectTypeOf<keyof ParamsOf<'lobby'>>().toEqualTypeOf<never>()
  expectTypeOf<ParamsOf<string>>().toEqualTypeOf<Readonly<Record<string, string>>>()
  expectTypeOf(document.params('document:7')).toEqualTypeOf<{ readonly id: string } | undefined>()
  // @ts-expect-error the placeholder is called id
  expect(() => document.name({ name: 7 })).toThrow(TypeError)
})

it('infers what arrives, and what may be sent', () => {
  type Document = typeof document
  expectTypeOf<EventNameOf<Document>>().toEqualTypeOf<'edit' | 'at' | 'shout'>()
  expectTypeOf<EventsOf<Document>['edit']>().toEqualTypeOf<{ content: string; by: string }>()
  expectTypeOf<EventInputsOf<Document>['edit']>().toEqualTypeOf<{
    content: string
    by?: string | undefined
  }>()
  // A date is made of text, and arrives as text.
  expectTypeOf<EventInputsOf<Document>['at']>().toEqualTypeOf<string>()
  expectTypeOf<EventsOf<Document>['at']>().toEqualTypeOf<string>()
  expectTypeOf<EventsOf<Document>['shout']>().toEqualTypeOf<Uppercase<string>>()
  expectTypeOf<PresenceDataOf<Document>>().toEqualTypeOf<{ color: string } | null>()
  expectTypeOf<PresenceInputOf<Document>>().toEqualTypeOf<{ color: string }>()
  expectTypeOf<StateOf<Document>['title']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<StateOf<Document>['strokes/1']>().toEqualTypeOf<{ order: string } | undefined>()
  expectTypeOf<StateInputsOf<Document>['title']>().toEqualTypeOf<string | undefined>()
})

it('infers that everything is allowed where nothing is said', () => {
  expectTypeOf<EventsOf<typeof comments>>().toEqualTypeOf<Readonly<Record<string, JsonValue>>>()
  expectTypeOf<EventNameOf<typeof comments>>().toEqualTypeOf<string>()
  expectTypeOf<PresenceDataOf<typeof frontPage>>().toEqualTypeOf<JsonValue>()
  expectTypeOf<StateOf<typeof frontPage>>().toEqualTypeOf<Readonly<Record<string, JsonValue>>>()
})

it('infers the contract of a name: the most specific one that matches', () => {
  const id: string = '7'
  const open = `document:${id}` as const
  expectTypeOf<ContractOf<Contracts, 'document:7'>>().toEqualTypeOf<typeof document>()
  expectTypeOf<ContractOf<Contracts, typeof open>>().toEqualTypeOf<typeof document>()
  expectTypeOf<ContractOf<Contracts, 'document:*'>>().toEqualTypeOf<typeof document>()
  expectTypeOf<ContractOf<Contracts, 'document:front'>>().toEqualTypeOf<typeof frontPage>()
  expectTypeOf<ContractOf<Contracts, 'document:7:comments:1'>>().toEqualTypeOf<typeof comments>()
  expectTypeOf<ContractOf<Contracts, 'document:7' | 'document:front'>>().toEqualTypeOf<
    typeof document | typeof frontPage
  >()
  expectTypeOf<ContractOf<Contracts, 'document:#'>>().toEqualTypeOf<ChannelContract>()
  expectTypeOf<ContractOf<Contracts, 'document:7:other'>>().toEqualTypeOf<ChannelContract>()
  expectTypeOf<ContractOf<Contracts, 'elsewhere'>>().toEqualTypeOf<ChannelContract>()
  expectTypeOf<ContractOf<Contracts, string>>().toEqualTypeOf<ChannelContract>()
  expectTypeOf<
    ContractOf<readonly ChannelContract[], 'document:7'>
  >().toEqualTypeOf<ChannelContract>()
})
