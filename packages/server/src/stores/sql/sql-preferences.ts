import type { UserId } from '@coterie/protocol'
import type {
  NotificationPreferences,
  PreferenceRepository,
} from '../../ports/preference-repository.ts'
import type { SqlDatabase } from './sql-database.ts'

/** Preferences in a table of a database. */
export class SqlPreferences implements PreferenceRepository {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async find(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, NotificationPreferences>> {
    if (userIds.length === 0) return new Map()
    const rows = await this.#database.all<{ user_id: UserId; body: string }>(
      `SELECT user_id, body FROM coterie_preferences
        WHERE user_id IN (SELECT value FROM ${this.#database.dialect.elements('$1')})`,
      [JSON.stringify(userIds)],
    )
    return new Map(
      rows.map(({ user_id, body }) => [user_id, JSON.parse(body) as NotificationPreferences]),
    )
  }

  async put(userId: UserId, preferences: NotificationPreferences | null): Promise<void> {
    if (preferences === null) {
      await this.#database.all('DELETE FROM coterie_preferences WHERE user_id = $1', [userId])
      return
    }
    await this.#database.all(
      `INSERT INTO coterie_preferences (user_id, body) VALUES ($1, $2)
        ON CONFLICT (user_id) DO UPDATE SET body = excluded.body`,
      [userId, JSON.stringify(preferences)],
    )
  }
}
