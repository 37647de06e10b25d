import type { Migration } from '../../sql/migration.ts'

/** Creates the tables of durable triggers and their dead letters. */
export const triggers: Migration = {
  number: 2,
  name: 'triggers',
  sql: `
    CREATE TABLE coterie_triggers (
      name TEXT COLLATE "C" PRIMARY KEY, position TEXT, attempts INTEGER NOT NULL,
      holder TEXT NOT NULL, leased_until BIGINT NOT NULL
    );

    CREATE TABLE coterie_dead_letters (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, trigger_name TEXT COLLATE "C" NOT NULL,
      attempts INTEGER NOT NULL, error TEXT NOT NULL, failed_at BIGINT NOT NULL, body TEXT NOT NULL
    );
    CREATE INDEX coterie_dead_letters_by_trigger ON coterie_dead_letters (trigger_name, id);
  `,
}
