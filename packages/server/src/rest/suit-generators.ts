import type { OpenAPIHono } from '@hono/zod-openapi'

/** An API description in OpenAPI 3.1. */
export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>

/** The number of JSON types. */
const ALL_TYPES = 6

/** The part of a schema that says what an absent field means. */
interface Field {
  default?: unknown
  description?: string
  readonly properties?: Readonly<Record<string, Field>>
}

/**
 * Adapts an API description so that client generators interpret it correctly.
 *
 * They read a value of any type as "an object without members, or a list, or …",
 * and a field of a body with a `default` as always present, and so require it in
 * requests.
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
