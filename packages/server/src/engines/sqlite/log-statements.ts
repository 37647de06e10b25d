import type { DatabaseSync } from 'node:sqlite'
import { EVENT_COLUMNS } from './event-rows.ts'

/** Events that one append deletes at most when the log is too long. */
const MAX_TRIMMED = 1_024

/** The SQL statements of the logs. */
export type LogStatements = ReturnType<typeof prepareLogStatements>

/** Prepares the SQL statements of the logs. */
export function prepareLogStatements(database: DatabaseSync) {
  // An event without its log is damage as well, so it must not be left out.
  const all = `SELECT logs.channel, logs.epoch, logs.held, log_id, ${EVENT_COLUMNS}
    FROM events LEFT JOIN logs ON logs.id = events.log_id`
  return {
    readSequence: database.prepare(
      `SELECT max(coalesce((SELECT max(trimmed) FROM logs), 0),
         coalesce((SELECT max(sequence) FROM events), 0)) AS newest`,
    ),
    findLog: database.prepare('SELECT id, epoch, top, held, checksum FROM logs WHERE channel = ?'),
    findTrimmed: database.prepare('SELECT channel FROM logs WHERE trimmed > ?'),
    insertLog: database.prepare(
      'INSERT INTO logs (channel, epoch, top, used_at) VALUES (?, ?, 0, ?) RETURNING id',
    ),
    setTop: database.prepare(
      'UPDATE logs SET top = ?, held = ?, used_at = ?, checksum = ? WHERE id = ?',
    ),
    setHeld: database.prepare('UPDATE logs SET held = ? WHERE id = ?'),
    insertEvent: database.prepare(
      `INSERT INTO events (sequence, log_id, "offset", expires_at, id, event, payload, user_id,
         connection_id, excluded, timestamp, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    noteTrimmed: database.prepare(
      `UPDATE logs SET trimmed = max(trimmed, coalesce((SELECT sequence FROM events
         WHERE log_id = ? AND "offset" <= ? ORDER BY "offset" DESC LIMIT 1), 0)) WHERE id = ?`,
    ),
    // A log that was kept much longer before is deleted in parts.
    deleteOldest: database.prepare(
      `DELETE FROM events WHERE log_id = ?1 AND "offset" <= min(?2,
         (SELECT min("offset") FROM events WHERE log_id = ?1) + ${MAX_TRIMMED - 1})`,
    ),
    readForwards: database.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE log_id = ? AND "offset" > ? ORDER BY "offset"`,
    ),
    measure: database.prepare(
      `SELECT count(*) AS events, coalesce(sum(octet_length(payload)), 0) AS bytes
       FROM events WHERE log_id = ? AND "offset" > ? AND "offset" <= ?`,
    ),
    readBackwards: database.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE log_id = ? AND "offset" < ?
       ORDER BY "offset" DESC`,
    ),
    readAllForwards: database.prepare(`${all} WHERE sequence > ? ORDER BY sequence LIMIT ?`),
    readAllBackwards: database.prepare(`${all} WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`),
    findDuplicate: database.prepare(
      `SELECT event_id, epoch, "offset", expires_at, checksum FROM dedup
       WHERE channel = ? AND sender = ? AND message_id = ? AND expires_at > ?`,
    ),
    insertDuplicate: database.prepare(
      `INSERT OR REPLACE INTO dedup
         (channel, sender, message_id, event_id, epoch, "offset", expires_at, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    findExpired: database.prepare(
      `SELECT sequence, log_id, "offset", expires_at, coalesce(
         (SELECT held FROM logs WHERE logs.id = log_id), 0) AS held
       FROM events WHERE expires_at >= ? AND (expires_at > ? OR sequence > ?)
         AND expires_at <= ? ORDER BY expires_at, sequence LIMIT ?`,
    ),
    setTrimmed: database.prepare('UPDATE logs SET trimmed = max(trimmed, ?) WHERE id = ?'),
    deleteEvents: database.prepare(
      'DELETE FROM events WHERE sequence IN (SELECT value FROM json_each(?))',
    ),
    deleteExpiredDuplicates: database.prepare(
      `DELETE FROM dedup WHERE (channel, sender, message_id) IN (
         SELECT channel, sender, message_id FROM dedup WHERE expires_at <= ? LIMIT ?)`,
    ),
    findLogs: database.prepare(
      `SELECT id, channel, trimmed, used_at <= ? AND NOT EXISTS (
         SELECT 1 FROM events WHERE events.log_id = logs.id) AS is_idle
       FROM logs WHERE id > ? ORDER BY id LIMIT ?`,
    ),
    deleteLog: database.prepare('DELETE FROM logs WHERE id = ?'),
  }
}
