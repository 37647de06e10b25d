import type { Revocation } from './revocation.ts'

/** Says to whoever comes with a revoked token that it is, and why. */
export function describeRevoked({ reason }: Revocation): string {
  return reason === null ? 'the token was revoked' : `the token was revoked: ${reason}`
}
