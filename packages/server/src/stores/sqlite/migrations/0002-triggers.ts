import type { Migration } from '../../sql/migration.ts'

/** Creates the tables of durable triggers and their dead letters. */
export const triggers: Migration = {
  number: 2,
  name: 'triggers',
  sql: `
    CREATE TABLE coterie_triggers (
      name TEXT PRIMARY KEY, position TEXT, attempts INTEGER NOT NULL,
      holder TEXT NOT NULL, leased_until INTEGER NOT NULL
    ) WITHOUT ROWID, STRICT;

    CREATE TABLE coterie_dead_letters (
      id INTEGER PRIMARY KEY AUTOINCREMENT, trigger_name TEXT NOT NULL,
      attempts INTEGER NOT NULL, error TEXT NOT NULL, failed_at INTEGER NOT NULL, body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX coterie_dead_letters_by_trigger ON coterie_dead_letters (trigger_name, id);
  `,
}
