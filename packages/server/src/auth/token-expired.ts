import { refuse } from '@coterie/protocol'
import { TOKEN_EXPIRED } from '../core/limits/failed-authentications.ts'

/** Refuses a token that was good until it expired, and so is no guess. */
export function tokenExpired(): ReturnType<typeof refuse> {
  return refuse('unauthorized', 'the token has expired', { details: { reason: TOKEN_EXPIRED } })
}
