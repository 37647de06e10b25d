import { RealtimeError } from '@coterie/protocol'
import type { MiddlewareHandler } from 'hono'
import { errorResponse } from '../http/error-response.ts'
import type { RestEnv } from './rest-env.ts'

/** Refuses bodies that exceed the bytes of an operation, with or without a length. */
export function boundBody(maxBytes: number): MiddlewareHandler<RestEnv> {
  const tooLarge = new RealtimeError('too_large', `a body has at most ${maxBytes} bytes`)
  return async (context, next) => {
    const { raw } = context.req
    const length = context.req.header('content-length')
    if (Number(length) > maxBytes) return errorResponse(tooLarge)
    // Node's server enforces a body's length; other callers may not.
    const isHeldToLength = length !== undefined && context.env.response !== undefined
    if (!isHeldToLength || context.req.header('transfer-encoding') !== undefined) {
      const body = await readAtMost(raw.body, maxBytes).catch(throwIncomplete)
      if (!body) return errorResponse(tooLarge)
      const { method, url, headers } = raw
      context.req.raw = new Request(url, { method, headers: [...headers], body })
    }
    return next()
  }
}

/** Refuses an incomplete body, which is not the server's fault. */
export function throwIncomplete(cause: unknown): never {
  throw new RealtimeError('invalid_payload', 'the body did not arrive completely', { cause })
}

/** Reads a whole body; undefined if it is too long, and then stops reading. */
async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  const reader = body?.getReader()
  let bytes = 0
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    bytes += read.value.length
    // Canceling would reset the connection before the answer is sent.
    if (bytes > maxBytes) return undefined
    chunks.push(read.value)
  }
  return Buffer.concat(chunks, bytes)
}
