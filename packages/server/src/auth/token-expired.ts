import { refuse } from '@coterie/protocol'
import { TOKEN_EXPIRED } from '../core/limits/failed-authentications.ts'

/** Refuses an expired token, which does not count as a guess. */
export function tokenExpired(): ReturnType<typeof refuse> {
  return refuse('unauthorized', 'the token has expired', { details: { reason: TOKEN_EXPIRED } })
}
