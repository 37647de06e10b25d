import type { Migration } from '../../sql/migration.ts'

/** Adds to each subscription the rights that its user had proven. */
export const provenRights: Migration = {
  number: 3,
  name: 'proven-rights',
  sql: 'ALTER TABLE coterie_subscriptions ADD COLUMN proven TEXT;',
}
