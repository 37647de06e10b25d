import { afterAll, expect, it } from 'vitest'
import { type CheckedSchema, type Located, operationsOf, readDocument } from './checked-fetch.ts'
import { type CallOptions, openRestHub, SERVER_KEY } from './rest-hub.ts'

const PREFIX = '/api/realtime/'
/** Operations that everybody may call, or that decide by themselves. */
const WITHOUT_GUARD = [
  'GET /api/realtime/events',
  'GET /api/realtime/ws',
  'GET /docs',
  'GET /health/live',
  'GET /health/ready',
  'GET /openapi.json',
  'POST /api/realtime/frames',
  'POST /api/realtime/tickets',
]

// What is described is what is tested: an operation that is added is in every table below.
const { hub, call } = await openRestHub({ rooms: { 'board-1': {} } })
afterAll(() => hub.close())
const document = await readDocument((request) => hub.fetch(request))
const { schemas } = document.components
const operations = operationsOf(document)
const callersOf = ({ operation }: Located): string[] =>
  (operation.security ?? []).flatMap((way) => Object.keys(way))
const nameOf = ({ method, path }: Located): string => `${method} ${path}`
const named = (found: readonly Located[]): [string, Located][] =>
  found.map((located) => [nameOf(located), located])

const guarded = operations.filter((located) => !WITHOUT_GUARD.includes(nameOf(located)))
const forServer = guarded.filter((located) => callersOf(located).join() === 'serverKey')
const forAnybody = guarded.filter((located) => !forServer.includes(located))
const withBody = guarded.filter(({ operation }) => operation.requestBody)

/** The path with its parameters filled in, which may but need not exist. */
function pathOf({ path, operation }: Located, values: Record<string, string> = {}): string {
  const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const parameter = operation.parameters?.find((one) => one.name === name)
    return values[name] ?? String(parameter?.schema.example ?? 'one')
  })
  return filled.startsWith(PREFIX) ? filled.slice(PREFIX.length) : filled
}

function exampleOf({ operation }: Located): Record<string, unknown> | undefined {
  const content = operation.requestBody?.content['application/json']
  return content?.example as Record<string, unknown> | undefined
}

function send(located: Located, options: CallOptions = {}, path = pathOf(located)) {
  const body = exampleOf(located)
  return call(located.method, path, { ...(body && { body }), ...options })
}

it('guards every operation but those that are named here', () => {
  const names = operations.filter((one) => !guarded.includes(one)).map(nameOf)
  expect(names.sort()).toEqual(WITHOUT_GUARD)
  for (const located of guarded) expect(callersOf(located), nameOf(located)).toContain('serverKey')
  expect(forServer.length).toBeGreaterThan(15)
  expect(forAnybody.length).toBeGreaterThan(15)
})

it.each(named(guarded))('%s is for nobody without credentials', async (_, located) => {
  const forbidden = { status: 401, body: { error: { code: 'unauthorized' } } }
  expect(await send(located)).toMatchObject(forbidden)
  expect(await send(located, { as: 'wrong' })).toMatchObject(forbidden)
  const headers = { authorization: 'Session of.nobody' }
  expect(await send(located, { headers })).toMatchObject(forbidden)
  const basic = { authorization: 'Basic YWRhOmFkYQ==' }
  expect(await send(located, { headers: basic })).toMatchObject(forbidden)
})

it.each(named(forServer))('%s is for the application alone', async (_, located) => {
  const refused = { status: 403, body: { error: { code: 'forbidden' } } }
  expect(await send(located, { as: 'user-456' })).toMatchObject(refused)
  expect((await send(located, { as: SERVER_KEY })).status).not.toBe(403)
})

it.each(named(guarded))('%s keeps its answers out of caches', async (_, located) => {
  const { headers } = await send(located, { as: SERVER_KEY })
  expect(headers.get('cache-control')).toBe('no-store')
})

it.each(named(withBody))('%s says what is wrong with a body', async (_, located) => {
  const as = SERVER_KEY
  const wrong = { code: 'invalid_payload', message: expect.any(String) }
  const cases: [CallOptions, number, object][] = [
    [{ body: '{' }, 400, { ...wrong, message: 'the body is not JSON' }],
    [{ body: '' }, 400, { ...wrong, message: 'the body is not JSON' }],
    [{ body: '[]' }, 422, { ...wrong, details: { field: 'body' } }],
    [{ body: 'null' }, 422, { ...wrong, details: { field: 'body' } }],
    [
      { body: { ...exampleOf(located), unknown_field: 1 } },
      422,
      { ...wrong, message: expect.stringMatching(/^unknown_field: /) },
    ],
    [{ body: '{', headers: { 'content-type': 'text/plain' } }, 400, { ...wrong }],
    [{ body: '[]', headers: { 'content-type': 'text/plain' } }, 422, { ...wrong }],
    [{ body: { long: 'x'.repeat(1_100_000) } }, 413, { code: 'too_large' }],
  ]
  for (const [options, status, error] of cases) {
    const answer = await send(located, { as, ...options })
    expect(answer).toMatchObject({ status, body: { error } })
  }
})

const bodyFields = withBody.flatMap((located): [string, Located, string, CheckedSchema][] =>
  Object.entries(fieldsOf(located)).map(([field, schema]) => [
    nameOf(located),
    located,
    field,
    schema,
  ]),
)

it.each(bodyFields)('%s names its field %3$s', async (_, located, field, schema) => {
  // What takes any type takes no value that JSON cannot carry.
  const isAny = schema.description === 'Any JSON value.'
  const body = { ...exampleOf(located), [field]: isAny ? nested(40) : wrongFor(schema) }
  const { status, body: answer } = await send(located, { as: SERVER_KEY, body })
  expect({ status, ...answer.error }).toMatchObject({
    status: 422,
    code: 'invalid_payload',
    details: { field: expect.stringMatching(new RegExp(`^${field}\\b`)) },
    message: expect.stringMatching(new RegExp(`^${field}\\b.*: .`)),
  })
})

const queries = guarded.flatMap((located): [string, Located, string][] =>
  (located.operation.parameters ?? [])
    .filter(
      ({ in: place, schema }) =>
        place === 'query' && (schema.enum || schema.type === 'boolean' || isNumber(schema)),
    )
    .map(({ name }) => [nameOf(located), located, name]),
)

it.each(queries)('%s names its parameter %3$s', async (_, located, name) => {
  const path = `${pathOf(located)}?user_id=user-456&${name}=-1`
  expect(await send(located, { as: SERVER_KEY }, path)).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_payload', details: { field: name } } },
  })
})

// Those that a socket or a stream answers take any, and so does a page for people.
const WITH_ANY_QUERY = ['GET /api/realtime/events', 'GET /api/realtime/ws', 'GET /docs']
const withQuery = operations.filter((located) => !WITH_ANY_QUERY.includes(nameOf(located)))

it.each(named(withQuery))('%s refuses a parameter that it does not know', async (_, located) => {
  if (located.path.endsWith('/frames')) return
  const known = (located.operation.parameters ?? [])
    .filter(({ in: place }) => place === 'query')
    .map(({ name }) => name)
  const as = located.path.endsWith('/tickets') ? 'user-456' : SERVER_KEY
  const path = `${pathOf(located)}?user_name=user-456`
  expect(await send(located, { as }, path)).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_payload', details: { field: 'user_name', known } } },
  })
})

const aboutUsers = forAnybody.filter(
  (located) =>
    located.path.includes('{user_id}') ||
    located.operation.parameters?.some(({ name }) => name === 'user_id') ||
    Object.hasOwn(fieldsOf(located), 'user_id'),
)

it.each(named(aboutUsers))('%s is about no other user', async (_, located) => {
  const refused = { status: 403, body: { error: { code: 'forbidden' } } }
  const isInPath = located.path.includes('{user_id}')
  const isInBody = Object.hasOwn(fieldsOf(located), 'user_id')
  const path = `${pathOf(located)}${isInPath || isInBody ? '' : '?user_id=user-456'}`
  expect(await send(located, { as: 'eve' }, path)).toMatchObject(refused)
  expect((await send(located, { as: 'user-456' }, path)).status).not.toBe(403)
  if (isInPath) return
  const { user_id: _user, ...body } = exampleOf(located) ?? {}
  const unnamed = { ...(isInBody && { body }) }
  const own = await send(located, { as: 'eve', ...unnamed }, pathOf(located))
  expect(own.status).not.toBe(403)
  const nobody = await send(located, { as: SERVER_KEY, ...unnamed }, pathOf(located))
  expect(nobody).toMatchObject({
    status: isInBody ? 422 : 400,
    body: { error: { code: 'invalid_payload', details: { field: 'user_id' } } },
  })
})

const ofOne = forAnybody.filter(({ path }) => path.includes('{id}'))

it.each(named(ofOne))(
  '%s tells what is foreign from what is not by nothing',
  async (_, located) => {
    const asServer = { as: SERVER_KEY }
    const isNotification = located.path.includes('/notifications/')
    const created = isNotification
      ? await call('POST', 'notifications', {
          ...asServer,
          body: { title: 'For Ada', message: '', recipients: ['ada'] },
        })
      : await call('POST', 'subscriptions/resource', {
          ...asServer,
          body: { user_id: 'ada', resource_type: 'post', resource_id: 'p1' },
        })
    const { id } = created.body
    const other = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
    const foreign = await send(located, { as: 'eve' }, pathOf(located, { id }))
    const missing = await send(located, { as: 'eve' }, pathOf(located, { id: other }))
    expect(foreign.status).toBe(404)
    expect(JSON.stringify(foreign.body).replaceAll(id, other)).toBe(JSON.stringify(missing.body))
    expect([...foreign.headers]).toEqual([...missing.headers])
    const own = await send(located, { as: 'ada' }, pathOf(located, { id }))
    expect([200, 204]).toContain(own.status)
  },
)

const paths = [...new Set(operations.map(({ path }) => path))].filter(
  (path) => !['/api/realtime/ws', '/api/realtime/events'].includes(path),
)

it.each(paths)('%s has the methods that are described and no others', async (path) => {
  const mine = operations.filter((located) => located.path === path)
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    if (mine.some((located) => located.method === method)) continue
    const first = mine[0] as Located
    // A literal path may be what another takes for a parameter.
    if (operations.some((one) => one.method === method && one.path !== path && covers(one, first)))
      continue
    expect(await call(method, pathOf(first), { as: SERVER_KEY })).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', message: 'no such path or method' } },
    })
  }
})

function covers(one: Located, other: Located): boolean {
  const source = one.path.replace(/\{[^}]+\}/g, '[^/]+')
  return new RegExp(`^${source}$`).test(other.path)
}

function fieldsOf({ operation }: Located): Readonly<Record<string, CheckedSchema>> {
  const schema = operation.requestBody?.content['application/json']?.schema
  return resolve(schema)?.properties ?? {}
}

function resolve(schema: CheckedSchema | undefined): CheckedSchema | undefined {
  const name = schema?.$ref?.split('/').at(-1)
  return name === undefined ? schema : schemas[name]
}

function isNumber({ type }: CheckedSchema): boolean {
  return [type].flat().some((one) => one === 'integer' || one === 'number')
}

function wrongFor({ type }: CheckedSchema): unknown {
  return [type].flat().includes('number') || [type].flat().includes('integer') ? 'wrong' : 5.5
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)]
}
