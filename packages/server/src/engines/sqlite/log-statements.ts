import type { DatabaseSync } from 'node:sqlite'
import { EVENT_COLUMNS } from './event-rows.ts'

/** Prepares what the logs ask of their database. */
export function prepareLogStatements(database: DatabaseSync) {
  // An event whose log is not there is damage as well, so it may not be left out.
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
    deleteOldest: database.prepare('DELETE FROM events WHERE log_id = ? AND "offset" <= ?'),
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
    noteExpired: database.prepare(
      `UPDATE logs SET trimmed = max(trimmed, coalesce((SELECT max(sequence) FROM events
         WHERE log_id = logs.id AND expires_at <= ?
         AND (logs.held = 0 OR "offset" < logs.held)), 0))
       WHERE id IN (SELECT log_id FROM events WHERE expires_at <= ?)`,
    ),
    deleteExpiredEvents: database.prepare(
      `DELETE FROM events WHERE expires_at <= ? AND NOT EXISTS (SELECT 1 FROM logs
         WHERE logs.id = log_id AND held > 0 AND held <= "offset")`,
    ),
    deleteExpiredDuplicates: database.prepare('DELETE FROM dedup WHERE expires_at <= ?'),
    findIdleLogs: database.prepare(
      `SELECT id, channel, trimmed FROM logs WHERE used_at <= ?
       AND NOT EXISTS (SELECT 1 FROM events WHERE events.log_id = logs.id)`,
    ),
    deleteLog: database.prepare('DELETE FROM logs WHERE id = ?'),
  }
}
