import type { OpenAPIHono } from '@hono/zod-openapi'

/** A description of an API, as OpenAPI 3.1 has it. */
export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>

/** As many types as JSON has. */
const ALL_TYPES = 6

/** As much of a schema as says what a field is when it is left out. */
interface Field {
  default?: unknown
  description?: string
  readonly properties?: Readonly<Record<string, Field>>
}

/**
 * Writes a description so that generators of clients understand it as it is meant.
 *
 * A value of any type they read as "an object without members, or a list, or …",
 * and a field of a body that has a `default` as one that is always there, and so
 * ask for it in what is sent.
 */
export function suitGenerators(described: OpenApiDocument): OpenApiDocument {
  const document = JSON.parse(JSON.stringify(described), withoutAllTypes) as OpenApiDocument
  sayDefaultsOfBodies(document)
  return document
}

function withoutAllTypes(key: string, value: unknown): unknown {
  return key === 'type' && Array.isArray(value) && value.length === ALL_TYPES ? undefined : value
}

function sayDefaultsOfBodies({ paths = {} }: OpenApiDocument): void {
  for (const item of Object.values(paths)) {
    for (const operation of Object.values(item as object)) {
      const content = contentOf(operation)
      for (const { schema } of Object.values(content)) sayDefaults(schema)
    }
  }
}

function contentOf(operation: {
  readonly requestBody?: { readonly content?: Readonly<Record<string, { schema: Field }>> }
}): Readonly<Record<string, { schema: Field }>> {
  return operation.requestBody?.content ?? {}
}

function sayDefaults({ properties = {} }: Field): void {
  for (const field of Object.values(properties)) {
    sayDefaults(field)
    if (field.default === undefined) continue
    const words = `Without it: \`${String(field.default)}\`.`
    field.description = field.description ? `${field.description} ${words}` : words
    delete field.default
  }
}
