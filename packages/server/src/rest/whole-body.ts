import {
  cutText,
  describeInexactNumber,
  HALF_CHARACTER,
  isWellFormedJson,
  RealtimeError,
  scanJson,
} from '@coterie/protocol'
import type { HonoRequest, MiddlewareHandler } from 'hono'
import { throwIncomplete } from './bound-body.ts'
import { unprocessable } from './invalid-request.ts'
import type { RestEnv } from './rest-env.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads a body; bytes that are not UTF-8 are refused rather than replaced. */
export async function readBodyText(request: HonoRequest): Promise<string> {
  const bytes = await request.arrayBuffer().catch(throwIncomplete)
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new RealtimeError('invalid_payload', 'the body is not UTF-8', { cause })
  }
}

/**
 * Refuses a JSON body that could not be kept as it was sent: with half of a
 * character, or a number that a double cannot hold.
 *
 * @param exactMember a member of the body that the handler takes as text, in which
 * numbers may be any
 */
export function requireWholeBody(exactMember: string | undefined): MiddlewareHandler<RestEnv> {
  return async (context, next) => {
    const text = await readBodyText(context.req)
    // What is not JSON is refused where the body is checked.
    if (isJson(text)) {
      if (!isWellFormedJson(text)) throw unprocessable('body', HALF_CHARACTER)
      const { member, inexactNumber } = scan(text, exactMember)
      if (inexactNumber !== undefined) {
        throw unprocessable('body', describeInexactNumber(inexactNumber))
      }
      context.set('exactText', member)
    }
    await next()
  }
}

/** Tells whether what an address holds in percent-encoding is UTF-8. */
export function isWholeAddress(url: string): boolean {
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}

/** Makes what is thrown for an address that cannot be read. */
export function unreadableAddress(url: string): RealtimeError {
  const path = cutText(new URL(url).pathname, 100)
  const hint = 'percent-encode text as UTF-8, and a percent sign as %25'
  return new RealtimeError('invalid_payload', `${path}: the address cannot be read: ${hint}`)
}

function scan(text: string, exactMember: string | undefined) {
  const scanned = scanJson(text, Number.POSITIVE_INFINITY, exactMember)
  // A member that cannot be cut out is written anew, as all the others.
  return scanned.member === undefined && exactMember !== undefined
    ? scanJson(text, Number.POSITIVE_INFINITY, undefined)
    : scanned
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
