import type { DatabaseSync } from 'node:sqlite'
import { ok, type Result, refuse } from '@coterie/protocol'
import type {
  Changed,
  ChangeOptions,
  JsonText,
  KeyChange,
  MapChange,
  MapSnapshot,
} from '../../ports/engine.ts'
import { DEDUP_WINDOW_MS } from '../dedup-window.ts'

/** A key that an earlier process left behind, whose time runs out. */
export interface LeftBehind {
  readonly channel: string
  readonly map: string
  readonly key: string
}

/** The maps of all channels in one database file. */
export class SqliteMaps {
  readonly #statements: ReturnType<typeof prepare>
  readonly #nowMs: () => number

  constructor(database: DatabaseSync, nowMs: () => number) {
    this.#statements = prepare(database)
    this.#nowMs = nowMs
  }

  /** Changes a map inside a transaction; `change` is undefined when nothing changed. */
  change(
    channel: string,
    map: string,
    changes: readonly KeyChange[],
    options: ChangeOptions,
  ): Result<Changed & { readonly change?: MapChange }> {
    const nowMs = this.#nowMs()
    const row = (this.#statements.findMap.get(channel, map) ??
      this.#statements.insertMap.get(channel, map, nowMs)) as { id: number; version: number }
    const { dedup, origin } = options
    const first =
      dedup && this.#statements.findDuplicate.get(row.id, dedup.sender, dedup.messageId, nowMs)
    if (first) return ok({ version: Number(first.version), duplicate: true })
    if (options.ifVersion !== undefined && options.ifVersion !== row.version) {
      return refuse('conflict', `the version is ${row.version}`, { version: row.version })
    }
    const effective = changes.filter(({ key, value }) => {
      if (value === null) return Number(this.#statements.deleteEntry.run(row.id, key).changes) > 0
      const leased = options.leased ? 1 : 0
      const expires = options.ttlMs === undefined ? 0 : 1
      this.#statements.setEntry.run(row.id, key, value, leased, expires)
      return true
    })
    const hasChanged = effective.length > 0
    const version = hasChanged ? row.version + 1 : row.version
    if (dedup) {
      const { sender, messageId } = dedup
      const expiresAtMs = nowMs + DEDUP_WINDOW_MS
      this.#statements.insertDuplicate.run(row.id, sender, messageId, version, expiresAtMs)
    }
    if (!hasChanged) return ok({ version, duplicate: false })
    this.#statements.setVersion.run(version, nowMs, row.id)
    const tag = origin !== undefined && { origin }
    const change = { channel, map, changes: effective, version, ...tag }
    return ok({ version, duplicate: false, change })
  }

  entries(channel: string, map: string): MapSnapshot {
    const row = this.#statements.findMap.get(channel, map) as
      | { id: number; version: number }
      | undefined
    if (!row) return { entries: new Map(), version: 0 }
    const rows = this.#statements.readEntries.all(row.id) as { key: string; value: string }[]
    const entries = new Map(rows.map(({ key, value }) => [key, value as JsonText]))
    return { entries, version: row.version }
  }

  /** Returns the keys that were leased to an earlier process, and those with a time to live. */
  leftBehind(kind: 'leased' | 'expires'): LeftBehind[] {
    return this.#statements[kind].all() as unknown as LeftBehind[]
  }

  /** Forgets empty maps that nobody used for `idleMs`, and repetitions past their time. */
  sweep(idleMs: number): void {
    const nowMs = this.#nowMs()
    this.#statements.deleteExpiredDuplicates.run(nowMs)
    this.#statements.deleteIdleMaps.run(nowMs - idleMs)
  }
}

function prepare(database: DatabaseSync) {
  const leftBehind = (condition: string) =>
    database.prepare(
      `SELECT maps.channel, maps.name AS map, entries.key
       FROM entries JOIN maps ON maps.id = entries.map_id WHERE ${condition}`,
    )
  return {
    findMap: database.prepare('SELECT id, version FROM maps WHERE channel = ? AND name = ?'),
    insertMap: database.prepare(
      'INSERT INTO maps (channel, name, version, used_at) VALUES (?, ?, 0, ?) RETURNING id, version',
    ),
    setVersion: database.prepare('UPDATE maps SET version = ?, used_at = ? WHERE id = ?'),
    setEntry: database.prepare(
      `INSERT INTO entries (map_id, key, value, leased, expires) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, leased = excluded.leased, expires = excluded.expires`,
    ),
    deleteEntry: database.prepare('DELETE FROM entries WHERE map_id = ? AND key = ?'),
    readEntries: database.prepare('SELECT key, value FROM entries WHERE map_id = ?'),
    leased: leftBehind('entries.leased = 1'),
    expires: leftBehind('entries.expires = 1'),
    findDuplicate: database.prepare(
      `SELECT version FROM changes
       WHERE map_id = ? AND sender = ? AND message_id = ? AND expires_at > ?`,
    ),
    insertDuplicate: database.prepare(
      `INSERT OR REPLACE INTO changes (map_id, sender, message_id, version, expires_at)
       VALUES (?, ?, ?, ?, ?)`,
    ),
    deleteExpiredDuplicates: database.prepare('DELETE FROM changes WHERE expires_at <= ?'),
    deleteIdleMaps: database.prepare(
      `DELETE FROM maps WHERE used_at <= ?
       AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.map_id = maps.id)`,
    ),
  }
}
