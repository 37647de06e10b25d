import type { Migration } from '../../sql/migration.ts'

/** Adds the counts of each inbox. */
export const inboxCounts: Migration = {
  number: 5,
  name: 'inbox-counts',
  sql: `
    ALTER TABLE coterie_inboxes ADD COLUMN total_count BIGINT NOT NULL DEFAULT 0;
    UPDATE coterie_inboxes i SET total_count = r.count FROM (
      SELECT user_id, COUNT(*) AS count FROM coterie_recipients WHERE in_app GROUP BY user_id
    ) r WHERE r.user_id = i.user_id;
  `,
}
