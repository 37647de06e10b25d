import type { Migration } from '../../sql/migration.ts'

// A delivery waits for its receiver after a failed attempt, otherwise for the user's quiet hours.
/** Adds the columns that find deliveries when preferences change. */
export const plans: Migration = {
  number: 4,
  name: 'plans',
  sql: `
    ALTER TABLE coterie_deliveries ADD COLUMN retry_at INTEGER;
    UPDATE coterie_deliveries SET retry_at = due_at
      WHERE status = 'waiting' AND attempts > 0;
    CREATE INDEX coterie_deliveries_waiting_of_user ON coterie_deliveries (user_id, sequence)
      WHERE status = 'waiting';
    CREATE INDEX coterie_deliveries_of_recipient ON coterie_deliveries (user_id, sequence);
    CREATE INDEX coterie_recipients_held_of_user ON coterie_recipients (user_id, sequence)
      WHERE status = 'pending' AND in_app AND held_until IS NOT NULL;
    CREATE INDEX coterie_recipients_by_state ON coterie_recipients (sequence, status, ordinal);
    CREATE INDEX coterie_recipients_delivered ON coterie_recipients (sequence, delivered_at)
      WHERE delivered_at IS NOT NULL;
  `,
}
