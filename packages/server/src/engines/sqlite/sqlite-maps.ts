import type { DatabaseSync } from 'node:sqlite'
import { ok, RealtimeError, type Result, refuse } from '@coterie/protocol'
import type {
  Changed,
  ChangeOptions,
  JsonText,
  KeyChange,
  MapChange,
  MapSnapshot,
} from '../../ports/engine.ts'
import { DEDUP_WINDOW_MS } from '../dedup-window.ts'
import { checksumOf } from './checksum.ts'

/** A key of an earlier process with limited time to live. */
export interface LeftBehind {
  readonly channel: string
  readonly map: string
  readonly key: string
}

interface MapRow {
  readonly id: number
  readonly version: number
  readonly checksum: number
}

interface IdleRow {
  readonly id: number
  readonly channel: string
  readonly is_idle: number
}

interface EntryRow {
  readonly key: string
  readonly value: string
  readonly leased: number
  readonly expires: number
  readonly checksum: number
}

interface ChangeRow {
  readonly version: number
  readonly expires_at: number
  readonly checksum: number
}

/** The maps of all channels in one database file. */
export class SqliteMaps {
  readonly #statements: ReturnType<typeof prepare>
  readonly #nowMs: () => number

  constructor(database: DatabaseSync, nowMs: () => number) {
    this.#statements = prepare(database)
    this.#nowMs = nowMs
  }

  /** Changes a map inside a transaction; `change` is undefined without an effect. */
  change(
    channel: string,
    map: string,
    changes: readonly KeyChange[],
    options: ChangeOptions,
  ): Result<Changed & { readonly change?: MapChange }> {
    const nowMs = this.#nowMs()
    const { dedup, origin } = options
    const known = this.#find(channel, map)
    const isNothing = changes.every(({ value }) => value === null)
    if (!known && isNothing && !dedup && !options.ifVersion) {
      return ok({ version: 0, duplicate: false })
    }
    const row = known ?? this.#create(channel, map, nowMs)
    const first =
      dedup && this.#statements.findDuplicate.get(row.id, dedup.sender, dedup.messageId, nowMs)
    if (first) {
      const { version, expires_at: expiresAt, checksum } = first as unknown as ChangeRow
      const expected = checksumOf(row.id, dedup.sender, dedup.messageId, version, expiresAt)
      if (expected !== checksum) throw damaged(channel, map)
      return ok({ version, duplicate: true })
    }
    if (options.ifVersion !== undefined && options.ifVersion !== row.version) {
      return refuse('conflict', `the version is ${row.version}`, {
        details: { version: row.version },
      })
    }
    const effective = changes.filter(({ key, value }) => {
      if (value === null) return Number(this.#statements.deleteEntry.run(row.id, key).changes) > 0
      const leased = options.leased ? 1 : 0
      const expires = options.ttlMs === undefined ? 0 : 1
      const checksum = checksumOf(row.id, key, value, leased, expires)
      this.#statements.setEntry.run(row.id, key, value, leased, expires, checksum)
      return true
    })
    const hasChanged = effective.length > 0
    const version = hasChanged ? row.version + 1 : row.version
    if (dedup) {
      const { sender, messageId } = dedup
      const expiresAtMs = nowMs + DEDUP_WINDOW_MS
      const checksum = checksumOf(row.id, sender, messageId, version, expiresAtMs)
      this.#statements.insertDuplicate.run(
        row.id,
        sender,
        messageId,
        version,
        expiresAtMs,
        checksum,
      )
    }
    if (!hasChanged) return ok({ version, duplicate: false })
    const checksum = checksumOf(row.id, channel, map, version)
    this.#statements.setVersion.run(version, nowMs, checksum, row.id)
    const tag = origin !== undefined && { origin }
    const change = { channel, map, changes: effective, version, ...tag }
    return ok({ version, duplicate: false, change })
  }

  entries(channel: string, map: string): MapSnapshot {
    const row = this.#find(channel, map)
    if (!row) return { entries: new Map(), version: 0 }
    const entries = new Map<string, JsonText>()
    for (const stored of this.#statements.readEntries.iterate(row.id)) {
      const { key, value, leased, expires, checksum } = stored as unknown as EntryRow
      if (checksumOf(row.id, key, value, leased, expires) !== checksum) throw damaged(channel, map)
      entries.set(key, value as JsonText)
    }
    return { entries, version: row.version }
  }

  /** Returns the keys leased to an earlier process, or those with a time to live. */
  leftBehind(kind: 'leased' | 'expires'): LeftBehind[] {
    return this.#statements[kind].all() as unknown as LeftBehind[]
  }

  /**
   * Deletes empty maps that were unused for `idleMs`, and expired dedup entries,
   * in steps; each must run in a transaction.
   *
   * @param maxRows how many rows one step examines
   * @param isHeld tells whether a channel is joined; its maps are kept
   */
  *sweep(idleMs: number, maxRows: number, isHeld: (channel: string) => boolean): Generator<void> {
    const nowMs = this.#nowMs()
    const { deleteExpiredDuplicates, findMaps, deleteMap } = this.#statements
    while (Number(deleteExpiredDuplicates.run(nowMs, maxRows).changes) === maxRows) yield
    for (let after = 0; ; ) {
      const rows = findMaps.all(nowMs - idleMs, after, maxRows) as unknown as IdleRow[]
      for (const { id, channel, is_idle } of rows) {
        if (is_idle && !isHeld(channel)) deleteMap.run(id)
      }
      after = rows.at(-1)?.id ?? after
      if (rows.length < maxRows) return
      yield
    }
  }

  #find(channel: string, map: string): MapRow | undefined {
    const row = this.#statements.findMap.get(channel, map) as unknown as MapRow | undefined
    if (row && checksumOf(row.id, channel, map, row.version) !== row.checksum) {
      throw damaged(channel, map)
    }
    return row
  }

  #create(channel: string, map: string, nowMs: number): MapRow {
    const row = this.#statements.insertMap.get(channel, map, nowMs) as unknown as MapRow
    this.#statements.setVersion.run(0, nowMs, checksumOf(row.id, channel, map, 0), row.id)
    return row
  }
}

function damaged(channel: string, map: string): RealtimeError {
  return new RealtimeError('unavailable', `the map ${map} of ${channel} is damaged in the database`)
}

function prepare(database: DatabaseSync) {
  const leftBehind = (condition: string) =>
    database.prepare(
      `SELECT maps.channel, maps.name AS map, entries.key
       FROM entries JOIN maps ON maps.id = entries.map_id WHERE ${condition}`,
    )
  return {
    findMap: database.prepare(
      'SELECT id, version, checksum FROM maps WHERE channel = ? AND name = ?',
    ),
    insertMap: database.prepare(
      'INSERT INTO maps (channel, name, version, used_at) VALUES (?, ?, 0, ?) RETURNING id, version, checksum',
    ),
    setVersion: database.prepare(
      'UPDATE maps SET version = ?, used_at = ?, checksum = ? WHERE id = ?',
    ),
    setEntry: database.prepare(
      `INSERT INTO entries (map_id, key, value, leased, expires, checksum) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, leased = excluded.leased,
         expires = excluded.expires, checksum = excluded.checksum`,
    ),
    deleteEntry: database.prepare('DELETE FROM entries WHERE map_id = ? AND key = ?'),
    readEntries: database.prepare(
      'SELECT key, value, leased, expires, checksum FROM entries WHERE map_id = ?',
    ),
    leased: leftBehind('entries.leased = 1'),
    expires: leftBehind('entries.expires = 1'),
    findDuplicate: database.prepare(
      `SELECT version, expires_at, checksum FROM changes
       WHERE map_id = ? AND sender = ? AND message_id = ? AND expires_at > ?`,
    ),
    insertDuplicate: database.prepare(
      `INSERT OR REPLACE INTO changes (map_id, sender, message_id, version, expires_at, checksum)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    deleteExpiredDuplicates: database.prepare(
      `DELETE FROM changes WHERE (map_id, sender, message_id) IN (
         SELECT map_id, sender, message_id FROM changes WHERE expires_at <= ? LIMIT ?)`,
    ),
    findMaps: database.prepare(
      `SELECT id, channel, used_at <= ? AND NOT EXISTS (
         SELECT 1 FROM entries WHERE entries.map_id = maps.id) AS is_idle
       FROM maps WHERE id > ? ORDER BY id LIMIT ?`,
    ),
    deleteMap: database.prepare('DELETE FROM maps WHERE id = ?'),
  }
}
