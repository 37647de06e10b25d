import { RealtimeError } from '@coterie/protocol'

/** Why a token is fetched. */
export interface TokenContext {
  /**
   * `connect`: for a new connection; `expiring`: before the current one expires;
   * `refused`: the server refused the last token, so a stored one is of no use.
   */
  readonly reason: 'connect' | 'expiring' | 'refused'
}

/** A token, or a function that fetches a new one whenever it is needed. */
export type TokenSource = string | ((context: TokenContext) => string | Promise<string>)

/**
 * Fetches a token.
 *
 * @throws {RealtimeError} `unauthorized` when the source returns no token; `unavailable`
 * when it failed, so that the attempt is repeated, unless it threw a `RealtimeError` itself
 */
export async function fetchToken(
  source: TokenSource,
  reason: TokenContext['reason'],
): Promise<string> {
  let token: unknown
  try {
    token = typeof source === 'function' ? await source({ reason }) : source
  } catch (cause) {
    if (cause instanceof RealtimeError) throw cause
    throw new RealtimeError('unavailable', 'the token could not be fetched', { cause })
  }
  if (typeof token === 'string' && token !== '') return token
  throw new RealtimeError(
    'unauthorized',
    'token: the function returned no token; expected a string',
  )
}
