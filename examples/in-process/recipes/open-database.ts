import { DatabaseSync } from 'node:sqlite'

/** Opens the application's own database, which the hub knows nothing of. */
export function openDatabase(path = ':memory:'): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec(`
    CREATE TABLE IF NOT EXISTS message (
      id INTEGER PRIMARY KEY, room_id TEXT NOT NULL, sender_id TEXT NOT NULL,
      content TEXT NOT NULL, created_at TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS room_member (
      room_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (room_id, user_id)
    );
    CREATE TABLE IF NOT EXISTS presence (
      connection_id TEXT NOT NULL, room_id TEXT NOT NULL, user_id TEXT NOT NULL,
      joined_at TEXT NOT NULL, PRIMARY KEY (connection_id, room_id)
    );
    CREATE TABLE IF NOT EXISTS "order" (
      id INTEGER PRIMARY KEY, total REAL NOT NULL, created_at_ms INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS document (
      id TEXT PRIMARY KEY, content TEXT NOT NULL, version INTEGER NOT NULL
    );
  `)
  return database
}
