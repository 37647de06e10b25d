import { RealtimeError } from '@coterie/protocol'
import type { Migration } from './migration.ts'
import type { SqlDatabase, SqlSession } from './sql-database.ts'

/** Large tables take long to migrate, and other processes wait as long. */
const TIMEOUT_MS = 3_600_000

/**
 * Brings the tables up to date: all missing migrations apply, or none. One of
 * several processes migrates, and the others wait for it.
 *
 * @throws {RealtimeError} `unavailable`, naming the migration that failed, or
 * saying that the tables belong to a newer release
 */
export function migrate(database: SqlDatabase, migrations: readonly Migration[]): Promise<void> {
  return database.transaction(async (session) => {
    await session.lock('migrations')
    await session.script(
      'CREATE TABLE IF NOT EXISTS coterie_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)',
    )
    const applied = await session.all<{ number: number; name: string }>(
      'SELECT number, name FROM coterie_migrations ORDER BY number',
    )
    for (const { number, name } of applied) {
      if (migrations[number - 1]?.name === name) continue
      throw new RealtimeError(
        'unavailable',
        `the tables are of a newer release: they have migration ${number} ${name}, this release knows ${migrations.length}; start the newer release`,
      )
    }
    for (const migration of migrations.slice(applied.length)) await apply(session, migration)
  }, TIMEOUT_MS)
}

async function apply(session: SqlSession, { number, name, sql }: Migration): Promise<void> {
  try {
    await session.script(sql)
    await session.all('INSERT INTO coterie_migrations (number, name) VALUES ($1, $2)', [
      number,
      name,
    ])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RealtimeError(
      'unavailable',
      `migration ${number} ${name} failed, nothing was changed: ${reason}`,
      { cause: error },
    )
  }
}
