import type { DeliveryRepository } from '../../ports/delivery-repository.ts'
import type { NotificationRepository } from '../../ports/notification-repository.ts'
import type { PreferenceRepository } from '../../ports/preference-repository.ts'
import type { Store } from '../../ports/store.ts'
import type { SubscriptionRepository } from '../../ports/subscription-repository.ts'
import type { TriggerRepository } from '../../ports/trigger-repository.ts'
import { IdempotencyKeys } from './idempotency-keys.ts'
import { migrate } from './migrate.ts'
import type { Migration } from './migration.ts'
import type { SqlDatabase } from './sql-database.ts'
import { SqlDeliveries } from './sql-deliveries.ts'
import { SqlNotifications } from './sql-notifications.ts'
import { SqlPreferences } from './sql-preferences.ts'
import { SqlSubscriptions } from './sql-subscriptions.ts'
import { SqlTriggers } from './sql-triggers.ts'

/** A store in the tables of any SQL database. */
export class SqlStore implements Store {
  readonly notifications: NotificationRepository
  readonly deliveries: DeliveryRepository
  readonly subscriptions: SubscriptionRepository
  readonly preferences: PreferenceRepository
  readonly triggers: TriggerRepository
  readonly #database: SqlDatabase
  readonly #migrations: readonly Migration[]
  readonly #keys: IdempotencyKeys

  /** @param migrations all of them, in order */
  constructor(database: SqlDatabase, migrations: readonly Migration[]) {
    this.#database = database
    this.#migrations = migrations
    this.#keys = new IdempotencyKeys(database)
    this.notifications = new SqlNotifications(database, this.#keys)
    this.deliveries = new SqlDeliveries(database)
    this.subscriptions = new SqlSubscriptions(database, this.#keys)
    this.preferences = new SqlPreferences(database)
    this.triggers = new SqlTriggers(database)
  }

  async start(): Promise<void> {
    await this.#database.open()
    try {
      await migrate(this.#database, this.#migrations)
      if (this.#database.dialect.isExclusive) {
        await this.#database.all('UPDATE coterie_triggers SET leased_until = 0')
      }
    } catch (error) {
      await this.#database.close()
      throw error
    }
  }

  forgetKeys(nowMs: number): Promise<void> {
    return this.#keys.forget(nowMs)
  }

  async health(): Promise<void> {
    await this.#database.all('SELECT number FROM coterie_migrations WHERE number = 0')
  }

  close(): Promise<void> {
    return this.#database.close()
  }
}
