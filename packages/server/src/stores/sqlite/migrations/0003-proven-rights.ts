import type { Migration } from '../../sql/migration.ts'

export const provenRights: Migration = {
  number: 3,
  name: 'proven-rights',
  sql: 'ALTER TABLE coterie_subscriptions ADD COLUMN proven TEXT;',
}
