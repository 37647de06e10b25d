import type { Revocation } from './revocation.ts'

/** Writes the message for a revoked token, with its reason. */
export function describeRevoked({ reason }: Revocation): string {
  return reason === null ? 'the token was revoked' : `the token was revoked: ${reason}`
}
