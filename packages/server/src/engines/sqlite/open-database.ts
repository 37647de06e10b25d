import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import { makeFolder } from '../../make-folder.ts'
import type { Durability } from '../../ports/durability.ts'

const SYNCHRONOUS = { memory: 'OFF', normal: 'NORMAL', full: 'FULL' } as const

const SCHEMA_VERSION = 3

/** The changes of maps that are known by an id. */
const CHANGES = `
  CREATE TABLE changes (
    map_id INTEGER NOT NULL, sender TEXT NOT NULL, message_id TEXT NOT NULL,
    version INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (map_id, sender, message_id)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX changes_by_expiry ON changes (expires_at);
`

const SCHEMA = `
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

// Version 1 had no sequence: its events are numbered in the order of their time.
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

/** What leads from each version to the next, beginning with version 1. */
const MIGRATIONS = [FROM_VERSION_1, CHANGES]

/**
 * Opens the file for this process alone, and makes its tables when it is new.
 *
 * @throws {RealtimeError} `unavailable` when the file is in use, damaged, or of another version
 */
export function openDatabase(path: string, durability: Durability): DatabaseSync {
  try {
    if (path !== ':memory:') makeFolder(dirname(path))
    const database = new DatabaseSync(path, { timeout: 0 })
    // One process owns the file: positions are handed out from its memory. The
    // lock goes with the process, however it ends.
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${SYNCHRONOUS[durability]};
      PRAGMA wal_autocheckpoint = 4000;
      BEGIN IMMEDIATE;
    `)
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (version > SCHEMA_VERSION) {
      throw new Error(`it has schema version ${version}, this release knows ${SCHEMA_VERSION}`)
    }
    if (version === 0) database.exec(SCHEMA)
    else for (const migration of MIGRATIONS.slice(version - 1)) database.exec(migration)
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
    return database
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const hint = reason.includes('locked') ? 'another process uses it' : reason
    throw new RealtimeError('unavailable', `cannot open ${path}: ${hint}`, undefined, error)
  }
}

/** Names the current run of the operating system, where it says so; else an empty string. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
