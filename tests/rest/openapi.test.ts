import { readFileSync } from 'node:fs'
import { ERRORS } from '@coterie/protocol'
import { validate } from '@readme/openapi-parser'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, it } from 'vitest'
import { checkedFetch, type Located, operationsOf, readDocument } from './checked-fetch.ts'
import { DocumentValidator } from './document-validator.ts'
import { startRestHub } from './rest-hub.ts'

it('describes itself as OpenAPI 3.1 has it', async () => {
  const { call } = await startRestHub()
  const { status, body } = await call('GET', '/openapi.json')
  expect(status).toBe(200)
  expect(await new Validator().validate(body)).toEqual({ valid: true })
  const manifest = new URL('../../packages/server/package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Coterie', version } })
  expect(Object.keys(body.components.securitySchemes)).toEqual([
    'serverKey',
    'userToken',
    'session',
    'cookie',
  ])
})

it('is right for a second validator, and to the last recommendation of a linter', async () => {
  const { call } = await startRestHub()
  const { body } = await call('GET', '/openapi.json')
  expect(await validate(structuredClone(body))).toMatchObject({ valid: true, warnings: [] })
  const problems = await lintFromString({
    source: JSON.stringify(body),
    config: await createConfig({ extends: ['recommended'] }),
  })
  const told = problems.map(({ ruleId, message, location: [at] }) => [ruleId, at?.pointer, message])
  expect(told).toEqual([])
})

it('calls its operations as one would, says who may call them, and with which codes they refuse', async () => {
  const { hub } = await startRestHub()
  const document = await readDocument((request) => hub.fetch(request))
  for (const { operation } of operationsOf(document)) {
    expect(operation.operationId).toMatch(/^[a-z]+([A-Z][a-z]+)+$/)
    expect(operation.security, operation.operationId).toBeDefined()
  }
  const isPublic = ({ operation }: Located): boolean => operation.security?.length === 0
  expect(
    operationsOf(document)
      .filter(isPublic)
      .map(({ operation }) => operation.operationId),
  ).toEqual(['getLiveness', 'getReadiness', 'getOpenApiDocument', 'getApiReference'])
  for (const [status, { content }] of operationsOf(document).flatMap(({ operation }) =>
    Object.entries(operation.responses),
  )) {
    const { example } = content?.['application/json'] ?? {}
    const { code } = (example as { error?: { code?: keyof typeof ERRORS } })?.error ?? {}
    if (code !== undefined && status !== '422') expect(ERRORS[code].status).toBe(Number(status))
  }
})

it('lets what is sent be of any shape, and asks for nothing that has a default', async () => {
  const { hub } = await startRestHub()
  const document = await readDocument((request) => hub.fetch(request))
  const text = JSON.stringify(document)
  // What says nothing of its members is an object without any, to those who generate clients.
  const schemas = [...text.matchAll(/\{[^{}]*"type":(?:"object"|\["object","null"\])[^{}]*\}/g)]
  for (const [schema] of schemas) expect(schema).toContain('"additionalProperties":true')
  for (const { operation } of operationsOf(document)) {
    expect(JSON.stringify(operation.requestBody ?? {})).not.toContain('"default":')
  }
})

it('says of every operation what it does, where it belongs and what may be refused', async () => {
  const { hub, call } = await startRestHub()
  const { body } = await call('GET', '/openapi.json')
  const operations = operationsOf(await readDocument((request) => hub.fetch(request)))
  const tags = body.tags.map(({ name }: { name: string }) => name)
  const ids = new Set<string>()
  for (const { method, path, operation } of operations) {
    const { summary, description, responses, operationId, parameters = [] } = operation
    expect(summary, `${method} ${path}`).toMatch(/^[A-Z].*[^.]$/)
    expect(description, `${method} ${path}`).toMatch(/^[A-Z`].*\.$/)
    expect(tags, `${method} ${path}`).toContain(operation.tags[0])
    expect(Object.keys(responses), `${method} ${path}`).toContain('500')
    const named = parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name)
    expect(named, path).toEqual([...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name))
    ids.add(operationId)
  }
  expect(ids.size).toBe(operations.length)
})

it('shows examples that are what they are examples of', async () => {
  const { call } = await startRestHub()
  const { body: document } = await call('GET', '/openapi.json')
  const validator = new DocumentValidator(document)
  let count = 0
  for (const { method, path, operation } of operationsOf(document)) {
    const at = ['paths', path, method.toLowerCase()]
    const contents = [
      { at: [...at, 'requestBody'], content: operation.requestBody?.content },
      ...Object.entries(operation.responses).map(([status, { content }]) => ({
        at: [...at, 'responses', status],
        content,
      })),
    ]
    for (const { at, content } of contents) {
      const { example } = content?.['application/json'] ?? {}
      if (example === undefined) continue
      const problem = validator.problem([...at, 'content', 'application/json', 'schema'], example)
      expect(problem, at.join(' ')).toBeUndefined()
      count += 1
    }
  }
  expect(count).toBeGreaterThan(40)
})

it('has the prefix that the hub has', async () => {
  const { hub } = await startRestHub({ prefix: '/live' })
  const { paths } = await readDocument((request) => hub.fetch(request))
  expect(Object.keys(paths)).toContain('/live/notifications/{id}')
  expect(Object.keys(paths).filter((path) => path.startsWith('/api'))).toEqual([])
})

it('shows a page that needs nothing from elsewhere and runs nothing', async () => {
  const { hub, call } = await startRestHub()
  const { status, body, headers } = await call('GET', '/docs')
  expect(status).toBe(200)
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/)
  expect(policy).not.toContain('unsafe')
  expect(body).not.toMatch(/<script|<link|<img|@import|\son\w+=|url\(|undefined|\[object /)
  const { paths } = await readDocument((request) => hub.fetch(request))
  for (const { path, operation } of operationsOf({ paths })) {
    expect(body).toContain(`<article id="${operation.operationId}">`)
    expect(body).toContain(path)
  }
  const anchors = [...String(body).matchAll(/href="#([^"]+)"/g)].map(([, anchor]) => anchor)
  for (const anchor of new Set(anchors)) expect(body).toContain(` id="${anchor}"`)
})

it('is served beside other handlers of the same server', async () => {
  const { hub } = await startRestHub()
  const url = await hub.listen({ port: 0 })
  expect((await fetch(`${url}/openapi.json`)).status).toBe(200)
  expect((await fetch(`${url}/docs`)).headers.get('content-type')).toMatch(/^text\/html/)
})

it.each([
  ['a status that is not described', 418, {}, /418 is not described/],
  ['a body of another shape', 200, { status: 'dead' }, /is not as described/],
])('sees %s', async (_, status, body, problem) => {
  const { hub } = await startRestHub()
  const document = await readDocument((request) => hub.fetch(request))
  const answering = checkedFetch(async () => Response.json(body, { status }), document)
  await expect(answering(new Request('http://hub/health/live'))).rejects.toThrow(problem)
})
