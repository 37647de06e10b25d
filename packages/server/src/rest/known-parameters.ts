import { z } from '@hono/zod-openapi'
import type { Handler } from 'hono'
import { unknownParameter } from '../http/unknown-parameter.ts'
import type { Contract } from './contracts/operation.ts'

/**
 * Makes a handler that refuses query parameters that its contract does not name: a
 * misspelt one would otherwise be ignored without notice.
 */
export function knownParameters(contract: Contract, handler: Handler): Handler {
  const { request } = contract
  // The URL of a page for people may contain parameters that the linking page added.
  if (isPage(contract)) return handler
  const query = request?.query ?? z.object({})
  if (!(query instanceof z.ZodObject)) throw new TypeError('a query is described by an object')
  const known = Object.keys(query.shape)
  return (context, next) => {
    const { searchParams } = new URL(context.req.url)
    for (const name of searchParams.keys()) {
      if (!known.includes(name)) throw unknownParameter(name, known)
    }
    return handler(context, next)
  }
}

function isPage({ responses }: Contract): boolean {
  const { content = {} } = { ...responses[200] } as { content?: object }
  return 'text/html' in content
}
