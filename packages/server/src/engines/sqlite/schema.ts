import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import { checksumOf } from './checksum.ts'

/** Marks an SQLite file of this engine: "CotE". */
const APPLICATION_ID = 0x43_6f_74_45
const SCHEMA_VERSION = 5
/** The first version with checksums in its rows and a mark beside its file. */
export const WITH_CHECKSUMS = 4
/** The first version with an application id. */
const FIRST_WITH_ID = 4

/** The table of identified changes of maps. */
const CHANGES = `
  CREATE TABLE changes (
    map_id INTEGER NOT NULL, sender TEXT NOT NULL, message_id TEXT NOT NULL,
    version INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (map_id, sender, message_id)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX changes_by_expiry ON changes (expires_at);
`

const VERSION_3 = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE logs (
    id INTEGER PRIMARY KEY, channel TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    top INTEGER NOT NULL, used_at INTEGER NOT NULL, trimmed INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX logs_by_trimmed ON logs (trimmed);
  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY, log_id INTEGER NOT NULL, "offset" INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL, payload TEXT NOT NULL,
    user_id TEXT, connection_id TEXT, excluded TEXT, timestamp INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_offset ON events (log_id, "offset");
  CREATE INDEX events_by_expiry ON events (expires_at);
  CREATE TABLE dedup (
    channel TEXT NOT NULL, sender TEXT NOT NULL, message_id TEXT NOT NULL,
    event_id TEXT NOT NULL, epoch TEXT NOT NULL, "offset" INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (channel, sender, message_id)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX dedup_by_expiry ON dedup (expires_at);
  CREATE TABLE maps (
    id INTEGER PRIMARY KEY, channel TEXT NOT NULL, name TEXT NOT NULL,
    version INTEGER NOT NULL, used_at INTEGER NOT NULL, UNIQUE (channel, name)
  ) STRICT;
  CREATE TABLE entries (
    map_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    leased INTEGER NOT NULL, expires INTEGER NOT NULL,
    PRIMARY KEY (map_id, key)
  ) WITHOUT ROWID, STRICT;
  ${CHANGES}
`

// Version 1 had no sequence: its events are numbered by time.
const FROM_VERSION_1 = `
  ALTER TABLE logs ADD COLUMN trimmed INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX logs_by_trimmed ON logs (trimmed);
  ALTER TABLE events RENAME TO events_1;
  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY, log_id INTEGER NOT NULL, "offset" INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL, payload TEXT NOT NULL,
    user_id TEXT, connection_id TEXT, excluded TEXT, timestamp INTEGER NOT NULL
  ) STRICT;
  INSERT INTO events
    SELECT NULL, log_id, "offset", expires_at, id, event, payload, user_id, connection_id, NULL,
      timestamp
    FROM events_1 ORDER BY timestamp, log_id, "offset";
  DROP TABLE events_1;
  CREATE UNIQUE INDEX events_by_offset ON events (log_id, "offset");
  CREATE INDEX events_by_expiry ON events (expires_at);
`

/** The columns of each table's checksum. */
export const CHECKED_COLUMNS = {
  meta: 'name, value',
  logs: 'id, channel, epoch, top',
  events: `sequence, log_id, "offset", expires_at, id, event, payload, user_id, connection_id,
    excluded, timestamp`,
  dedup: 'channel, sender, message_id, event_id, epoch, "offset", expires_at',
  maps: 'id, channel, name, version',
  entries: 'map_id, key, value, leased, expires',
  changes: 'map_id, sender, message_id, version, expires_at',
} as const

/** A table with checksums in its rows. */
export type CheckedTable = keyof typeof CHECKED_COLUMNS

const TABLES = Object.keys(CHECKED_COLUMNS) as CheckedTable[]

const ADD_CHECKSUMS = TABLES.map(
  (table) => `ALTER TABLE ${table} ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;`,
).join('\n')

// A payload that is not JSON was damaged before checksums existed, and stays so.
const FILL_CHECKSUMS = TABLES.map((table) => {
  const condition = table === 'events' ? ' WHERE json_valid(payload)' : ''
  return `UPDATE ${table} SET checksum = checksum(${CHECKED_COLUMNS[table]})${condition};`
}).join('\n')

/** Adds the offset from which a log holds its events beyond their retention. */
const ADD_HELD = 'ALTER TABLE logs ADD COLUMN held INTEGER NOT NULL DEFAULT 0;'

/** The migration from each version to the next, starting with version 1. */
const MIGRATIONS = [FROM_VERSION_1, CHANGES, `${ADD_CHECKSUMS}${FILL_CHECKSUMS}`, ADD_HELD]

/**
 * Checks that the file belongs to this engine before anything is written to it.
 *
 * @returns the version of its tables; 0 for a new file
 * @throws {RealtimeError} `unavailable` when it has another owner or a newer version
 */
export function checkOwner(database: DatabaseSync): number {
  const read = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
  const version = read('user_version')
  const application = read('application_id')
  const tables = new Set(
    database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
      .all()
      .map(({ name }) => String(name)),
  )
  if (application === 0 && version === 0 && tables.size === 0) return 0
  const isEarlier = application === 0 && version > 0 && version < FIRST_WITH_ID
  const hasTables = ['meta', 'logs', 'events', 'dedup', 'maps'].every((name) => tables.has(name))
  if (application !== APPLICATION_ID && !(isEarlier && hasTables)) {
    throw new RealtimeError(
      'unavailable',
      'it is a database of another application; choose another path, or move it away',
    )
  }
  if (version > SCHEMA_VERSION) {
    throw new RealtimeError(
      'unavailable',
      `it has schema version ${version}, this release knows ${SCHEMA_VERSION}; start the newer release`,
    )
  }
  return version
}

/** Lets SQL statements compute checksums as `checksum(…)`. */
export function addChecksumFunction(database: DatabaseSync): void {
  database.function('checksum', { deterministic: true, varargs: true }, (...columns) =>
    checksumOf(...(columns as (string | number | null)[])),
  )
}

/** Migrates the tables to the current version, inside a transaction. */
export function migrateSchema(database: DatabaseSync, version: number): void {
  if (version === 0) database.exec(`${VERSION_3}${ADD_CHECKSUMS}${ADD_HELD}`)
  else for (const migration of MIGRATIONS.slice(version - 1)) database.exec(migration)
  database.exec(`
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA_VERSION};
  `)
}
