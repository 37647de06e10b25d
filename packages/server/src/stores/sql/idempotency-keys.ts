import { type Result, refuse } from '@coterie/protocol'
import type { IdempotencyKey } from '../../ports/idempotency-key.ts'
import type { SqlDatabase, SqlSession } from './sql-database.ts'

/** The result of looking up a key. */
export type KeyUse =
  /** The request was made before and created this resource. */
  | { readonly resourceId: string }
  /** The key is new; calling this assigns it to the resource. */
  | { readonly keep: (resourceId: string) => Promise<void> }

/** The keys that identify repeated requests. */
export class IdempotencyKeys {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  /**
   * Looks up a key, and locks it until the transaction ends. Refuses a key of
   * another request with `conflict`. Without a key, the request is always new.
   */
  async use(
    session: SqlSession,
    key: IdempotencyKey | undefined,
    nowMs: number,
  ): Promise<Result<KeyUse>> {
    if (!key) return { ok: true, value: { keep: async () => {} } }
    await session.lock(`key ${key.scope} ${key.key}`)
    const [known] = await session.all<{ fingerprint: string; resource_id: string }>(
      `SELECT fingerprint, resource_id FROM coterie_idempotency_keys
        WHERE scope = $1 AND key = $2 AND expires_at > $3`,
      [key.scope, key.key, nowMs],
    )
    if (!known) {
      return { ok: true, value: { keep: (resourceId) => this.#keep(session, key, resourceId) } }
    }
    if (known.fingerprint === key.fingerprint || known.fingerprint === key.earlierFingerprint) {
      return { ok: true, value: { resourceId: known.resource_id } }
    }
    return refuse(
      'conflict',
      'the idempotency key was used for another request; a new request needs a new key',
    )
  }

  /** Deletes expired keys. */
  async forget(nowMs: number): Promise<void> {
    const { batchRows } = this.#database.dialect
    for (let count = batchRows; count === batchRows; ) {
      const forgotten = await this.#database.all(
        `DELETE FROM coterie_idempotency_keys WHERE (scope, key) IN (
          SELECT scope, key FROM coterie_idempotency_keys WHERE expires_at <= $1 LIMIT $2
        ) RETURNING key`,
        [nowMs, batchRows],
      )
      count = forgotten.length
    }
  }

  async #keep(session: SqlSession, key: IdempotencyKey, resourceId: string): Promise<void> {
    await session.all(
      `INSERT INTO coterie_idempotency_keys (scope, key, fingerprint, resource_id, expires_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint,
          resource_id = excluded.resource_id, expires_at = excluded.expires_at`,
      [key.scope, key.key, key.fingerprint, resourceId, key.expiresAtMs],
    )
  }
}
