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

  change<Decided extends NotificationPreferences | null | undefined>(
    userId: UserId,
    decide: (stored: NotificationPreferences | undefined) => Decided,
  ): Promise<Decided> {
    return this.#database.transaction(async (session) => {
      // A row lock would lock nothing if the row does not exist yet.
      await session.lock(`preferences of ${userId}`)
      const [row] = await session.all<{ body: string }>(
        'SELECT body FROM coterie_preferences WHERE user_id = $1',
        [userId],
      )
      const decided = decide(row && (JSON.parse(row.body) as NotificationPreferences))
      if (decided === null) {
        await session.all('DELETE FROM coterie_preferences WHERE user_id = $1', [userId])
      } else if (decided !== undefined) {
        await session.all(
          `INSERT INTO coterie_preferences (user_id, body) VALUES ($1, $2)
            ON CONFLICT (user_id) DO UPDATE SET body = excluded.body`,
          [userId, JSON.stringify(decided)],
        )
      }
      return decided
    })
  }
}
