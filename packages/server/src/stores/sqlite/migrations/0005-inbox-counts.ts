import type { Migration } from '../../sql/migration.ts'

/** Adds the counts of each inbox. */
export const inboxCounts: Migration = {
  number: 5,
  name: 'inbox-counts',
  sql: `
    ALTER TABLE coterie_inboxes ADD COLUMN total_count INTEGER NOT NULL DEFAULT 0;
    UPDATE coterie_inboxes SET total_count = (
      SELECT COUNT(*) FROM coterie_recipients r
        WHERE r.user_id = coterie_inboxes.user_id AND r.in_app
    );
  `,
}
