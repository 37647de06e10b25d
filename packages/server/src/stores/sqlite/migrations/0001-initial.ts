import type { Migration } from '../../sql/migration.ts'

/** Creates the tables of notifications, deliveries, preferences and subscriptions. */
export const initial: Migration = {
  number: 1,
  name: 'initial',
  sql: `
    CREATE TABLE coterie_notifications (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
      type TEXT NOT NULL, priority TEXT NOT NULL, body TEXT NOT NULL,
      created_at INTEGER NOT NULL, expires_at INTEGER, is_announced INTEGER NOT NULL DEFAULT FALSE
    ) STRICT;
    CREATE INDEX coterie_notifications_by_creation ON coterie_notifications (created_at);
    CREATE INDEX coterie_notifications_unannounced ON coterie_notifications (sequence)
      WHERE NOT is_announced;

    CREATE TABLE coterie_recipients (
      user_id TEXT NOT NULL, sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL,
      status TEXT NOT NULL, in_app INTEGER NOT NULL, held_until INTEGER,
      delivered_at INTEGER, read_at INTEGER,
      type TEXT NOT NULL, priority TEXT NOT NULL, expires_at INTEGER,
      PRIMARY KEY (user_id, sequence)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX coterie_recipients_by_notification ON coterie_recipients (sequence, ordinal);
    CREATE INDEX coterie_recipients_by_status ON coterie_recipients (user_id, status, sequence);
    CREATE INDEX coterie_recipients_unread ON coterie_recipients (user_id, sequence)
      WHERE status IN ('pending', 'delivered') AND in_app;
    CREATE INDEX coterie_recipients_expiring ON coterie_recipients (expires_at)
      WHERE status IN ('pending', 'delivered') AND expires_at IS NOT NULL;
    CREATE INDEX coterie_recipients_expiring_of_user ON coterie_recipients (user_id, expires_at)
      WHERE status IN ('pending', 'delivered') AND in_app AND expires_at IS NOT NULL;
    CREATE INDEX coterie_recipients_held ON coterie_recipients (held_until)
      WHERE status = 'pending' AND in_app AND held_until IS NOT NULL;

    CREATE TABLE coterie_inboxes (
      user_id TEXT PRIMARY KEY, unread_count INTEGER NOT NULL
    ) WITHOUT ROWID, STRICT;

    CREATE TABLE coterie_deliveries (
      id INTEGER PRIMARY KEY AUTOINCREMENT, sequence INTEGER NOT NULL, user_id TEXT NOT NULL,
      route TEXT NOT NULL, target TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL,
      due_at INTEGER NOT NULL, next_at INTEGER NOT NULL, created_at INTEGER NOT NULL,
      last_error TEXT
    ) STRICT;
    CREATE INDEX coterie_deliveries_by_notification ON coterie_deliveries (sequence);
    CREATE INDEX coterie_deliveries_by_user ON coterie_deliveries (user_id, id);
    CREATE INDEX coterie_deliveries_by_status ON coterie_deliveries (status, id);
    CREATE INDEX coterie_deliveries_waiting ON coterie_deliveries (next_at, id)
      WHERE status = 'waiting';

    CREATE TABLE coterie_subscriptions (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
      user_id TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
      created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, expires_at INTEGER,
      resource_id TEXT, resource_type TEXT, topic TEXT, query TEXT, payload_filter TEXT,
      labels TEXT NOT NULL, metadata TEXT NOT NULL, is_vouched INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX coterie_subscriptions_by_user ON coterie_subscriptions (user_id, sequence);
    CREATE INDEX coterie_subscriptions_active ON coterie_subscriptions (id)
      WHERE status = 'active';
    CREATE INDEX coterie_subscriptions_expiring ON coterie_subscriptions (expires_at)
      WHERE status IN ('active', 'paused') AND expires_at IS NOT NULL;

    CREATE TABLE coterie_preferences (
      user_id TEXT PRIMARY KEY, body TEXT NOT NULL
    ) WITHOUT ROWID, STRICT;

    CREATE TABLE coterie_idempotency_keys (
      scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
      resource_id TEXT NOT NULL, expires_at INTEGER NOT NULL,
      PRIMARY KEY (scope, key)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX coterie_idempotency_keys_by_expiry ON coterie_idempotency_keys (expires_at);
  `,
}
