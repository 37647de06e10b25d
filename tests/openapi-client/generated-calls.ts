import { type CheckedDocument, type Located, operationsOf } from '../rest/checked-fetch.ts'

/** Operations that keep what they answer with open, so that a plain client has no use for them. */
const STREAMS = new Set(['openEventStream', 'openWebSocket'])
/** What is made comes first, then what looks at it, then what takes it away. */
const ORDER = ['PUT', 'POST', 'GET', 'PATCH', 'DELETE']

const BEFORE_REMOVAL = 3.5
const MAX_SEGMENTS = 100

/** Values that are known only when the program runs, by the operation's path. */
const ID_OF: readonly (readonly [start: string, expression: string])[] = [
  ['/notifications/', 'ids.createNotification'],
  ['/subscriptions/', 'ids.createTopicSubscription'],
  ['/connections/', 'process.env.CONNECTION'],
]

/** Writes a program that calls every operation with its example, by a generated client. */
export function callsOf(document: CheckedDocument, prefix: string): string {
  const operations = operationsOf(document)
    .filter(({ operation }) => !STREAMS.has(operation.operationId))
    .sort((a, b) => rankOf(a) - rankOf(b))
  return [HEAD, ...operations.map((located) => callOf(located, prefix)), FOOT].join('\n')
}

/** Writes declarations that hold every example of an answer against its type. */
export function answersOf(document: CheckedDocument): string {
  const examples = operationsOf(document).flatMap(({ method, path, operation }) =>
    Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content).flatMap(([mediaType, { example }]) => {
        if (example === undefined) return []
        const type = `paths['${path}']['${method.toLowerCase()}']['responses'][${status}]['content']['${mediaType}']`
        return [
          `export const ${operation.operationId}${status}: ${type} = ${JSON.stringify(example)}`,
        ]
      }),
    ),
  )
  return ["import type { paths } from './api.ts'", ...examples].join('\n')
}

const HEAD = `
import createClient from 'openapi-fetch'
import type { paths } from './api.ts'

const client = createClient<paths>({ baseUrl: process.env.SERVER_URL ?? '' })
const ids: Record<string, string> = {}
const key = { Authorization: \`Bearer \${process.env.SERVER_KEY}\` }
const user = { Authorization: 'Bearer user-456' }
const stream = { Authorization: \`Session \${process.env.SESSION}\` }

function report(name: string, { response, data, error }: { response: Response; data?: unknown; error?: unknown }): void {
  const isMade = typeof data === 'object' && data !== null && 'id' in data
  if (isMade) ids[name] = String(data.id)
  console.log('@called ' + JSON.stringify({ name, status: response.status, error }))
}
`

const FOOT = `
interface Note {
  readonly text: string
  readonly tags: readonly string[]
}
const payload: Note = { text: 'hello', tags: ['a'] }
report('an object of an interface', await client.POST('/api/realtime/publish', {
  headers: key,
  body: { channel: 'room:1', event: 'note', payload },
}))
report('a body without what has defaults', await client.POST('/api/realtime/notifications', {
  headers: key,
  body: { title: 'Lunch', message: 'It is ready', recipients: ['ada'] },
}))
`

function callOf(located: Located, prefix: string): string {
  const { method, path, operation } = located
  const { operationId, requestBody } = operation
  const content = requestBody?.content['application/json']
  const body = content === undefined ? '' : `body: ${JSON.stringify(content.example)},`
  return `report('${operationId}', await client.${method}('${path}', {
    headers: ${credentialsOf(located)},
    ${paramsOf(located, prefix)}
    ${body}
    parseAs: '${isJson(located) ? 'json' : 'text'}',
  }))`
}

function credentialsOf({ operation: { security = [] } }: Located): string {
  const schemes = security.flatMap((way) => Object.keys(way))
  if (schemes.length === 0) return '{}'
  if (schemes.includes('serverKey')) return 'key'
  return schemes.includes('userToken') ? 'user' : 'stream'
}

function paramsOf(
  { path, operation: { operationId, parameters = [] } }: Located,
  prefix: string,
): string {
  const known = ID_OF.find(([start]) => path.startsWith(`${prefix}${start}`))?.[1]
  const inPath = parameters.flatMap(({ name, in: place, schema }) => {
    if (place !== 'path') return []
    const example = JSON.stringify(schema.example ?? 'room:1')
    return [`${name}: ${name === 'id' && known ? `${known} ?? ''` : example}`]
  })
  const inQuery = parameters.flatMap(({ name, in: place }) =>
    place === 'query' && name === 'user_id' && operationId !== 'liftRevocation'
      ? [`user_id: 'user-456'`]
      : [],
  )
  if (operationId === 'liftRevocation') inQuery.push(`session_id: 'sign-in-123'`)
  if (inPath.length + inQuery.length === 0) return ''
  const path_ = inPath.length === 0 ? '' : `path: { ${inPath.join(', ')} },`
  const query = inQuery.length === 0 ? '' : `query: { ${inQuery.join(', ')} },`
  return `params: { ${path_} ${query} },`
}

function isJson({ operation: { responses } }: Located): boolean {
  return Object.values(responses).some(
    ({ content = {} }, index) => index === 0 && 'application/json' in content,
  )
}

function rankOf({ method, path }: Located): number {
  const isOfOne = path.includes('{') && (method === 'POST' || path.includes('/bans/'))
  const rank = isOfOne && method !== 'DELETE' ? BEFORE_REMOVAL : ORDER.indexOf(method)
  // What belongs to a thing goes before the thing itself.
  return rank - path.split('/').length / MAX_SEGMENTS
}
