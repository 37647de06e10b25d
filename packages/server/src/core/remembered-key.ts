import type { IdempotencyKey } from '../ports/idempotency-key.ts'

/** How long the idempotency key of a request is remembered, in ms. */
const RETENTION_MS = 86_400_000

/** Returns the key that identifies a repeated request; undefined without one. */
export function rememberedKey(
  key: string | undefined,
  request: Pick<IdempotencyKey, 'scope' | 'fingerprint' | 'earlierFingerprint'>,
  nowMs: number,
): IdempotencyKey | undefined {
  return key === undefined ? undefined : { ...request, key, expiresAtMs: nowMs + RETENTION_MS }
}
