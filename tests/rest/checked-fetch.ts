import { DocumentValidator } from './document-validator.ts'

/** Answers a request, as a hub does. */
export type Fetch = (request: Request) => Promise<Response>

/** As much of an OpenAPI document as checking needs. */
export interface CheckedDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, CheckedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, CheckedSchema>> }
}

/** As much of an operation as checking needs. */
export interface CheckedOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly CheckedParameter[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { schema: CheckedSchema; example?: unknown }>>
  }
  readonly responses: Readonly<
    Record<
      string,
      { content?: Readonly<Record<string, { schema: CheckedSchema; example?: unknown }>> }
    >
  >
}

/** A parameter of an operation. */
export interface CheckedParameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header' | 'cookie'
  readonly required?: boolean
  readonly schema: CheckedSchema
}

/** As much of a schema as checking needs. */
export interface CheckedSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly example?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, CheckedSchema>>
}

/** One operation, and where it is. */
export interface Located {
  readonly method: string
  readonly path: string
  readonly operation: CheckedOperation
}

/** Lists all operations of a document. */
export function operationsOf({ paths }: Pick<CheckedDocument, 'paths'>): Located[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )
}

/** Reads the description that a hub gives of itself. */
export async function readDocument(fetch: Fetch): Promise<CheckedDocument> {
  const below = await fetch(new Request('http://hub/api/realtime/openapi.json'))
  const response = below.ok ? below : await fetch(new Request('http://hub/openapi.json'))
  return (await response.json()) as CheckedDocument
}

/**
 * Makes a fetch that throws where an answer is not what the document says: an
 * operation, a status or a body that is not described.
 */
export function checkedFetch(fetch: Fetch, document: CheckedDocument): Fetch {
  const validator = new DocumentValidator(document)
  const operations = operationsOf(document)

  const validate = (steps: readonly string[], body: unknown, what: string): void => {
    const problem = validator.problem(steps, body)
    if (problem === undefined) return
    throw new Error(`${what} is not as described: ${problem}\n${JSON.stringify(body)}`)
  }

  return async (request) => {
    const response = await fetch(request)
    const { pathname } = new URL(request.url)
    const what = `${request.method} ${pathname} → ${response.status}`
    if (request.method === 'OPTIONS') return response
    const found = findOperation(operations, request.method, pathname)
    if (!found) {
      if (response.status !== 404) throw new Error(`${what}: there is no such operation`)
      validate(['components', 'schemas', 'Error'], await response.clone().json(), what)
      return response
    }
    const { path, operation } = found
    const described = operation.responses[String(response.status)]
    if (!described) throw new Error(`${what} is not described: ${await response.text()}`)
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? ''
    if (described.content === undefined) {
      if ((await response.clone().text()) !== '') throw new Error(`${what} has a body`)
    } else if (!Object.hasOwn(described.content, mediaType)) {
      throw new Error(`${what} is ${mediaType}, described is ${Object.keys(described.content)}`)
    } else if (mediaType === 'application/json') {
      const steps = [path, request.method.toLowerCase(), 'responses', String(response.status)]
      const all = ['paths', ...steps, 'content', mediaType, 'schema']
      validate(all, await response.clone().json(), what)
    }
    return response
  }
}

/** Makes a fetch of a hub that is held against what the hub says of itself. */
export async function checked(hub: { readonly fetch: Fetch }): Promise<Fetch> {
  const fetch: Fetch = (request) => hub.fetch(request)
  return checkedFetch(fetch, await readDocument(fetch))
}

/** Paths that are served and not described, because they would be ambiguous, and what they are. */
const ALSO_SERVED: Readonly<Record<string, string>> = {
  '/notifications/unread-count/{user_id}': '/notifications/unread-count',
}

// A literal path wins over one with a parameter, as it does in the router.
function findOperation(
  operations: readonly Located[],
  method: string,
  pathname: string,
): Located | undefined {
  const matching = operations.filter(
    ({ method: own, path }) =>
      own === method && placesOf(path).some((one) => matches(one, pathname)),
  )
  return matching.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0]
}

function placesOf(path: string): string[] {
  const also = Object.entries(ALSO_SERVED).filter(([, described]) => path.endsWith(described))
  return [path, ...also.map(([served, described]) => path.slice(0, -described.length) + served)]
}

function matches(template: string, pathname: string): boolean {
  const source = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')
  return new RegExp(`^${source}$`).test(pathname)
}
