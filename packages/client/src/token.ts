import { RealtimeError } from '@coterie/protocol'

/** A token, or a function that fetches one anew whenever it is needed. */
export type TokenSource = string | (() => string | Promise<string>)

/**
 * Fetches a token.
 *
 * @throws {RealtimeError} `unauthorized` when the source gives no token; `unavailable`
 * when it failed, so that the attempt is repeated, unless it threw a `RealtimeError` itself
 */
export async function fetchToken(source: TokenSource): Promise<string> {
  let token: unknown
  try {
    token = typeof source === 'function' ? await source() : source
  } catch (cause) {
    if (cause instanceof RealtimeError) throw cause
    throw new RealtimeError('unavailable', 'the token could not be fetched', undefined, cause)
  }
  if (typeof token === 'string' && token !== '') return token
  throw new RealtimeError('unauthorized', 'token: the function gave no token; expected a string')
}
