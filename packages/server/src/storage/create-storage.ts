import type { Engine } from '../ports/engine.ts'
import type { Store } from '../ports/store.ts'
import { findSqlite } from '../sqlite/load-sqlite.ts'
import { createPostgresStore } from '../stores/postgres/index.ts'
import { createEmptyStore } from '../stores/sqlite/empty-store.ts'
import { createSqliteStore } from '../stores/sqlite/sqlite-store.ts'
import { createMemoryEngine } from './create-memory-engine.ts'
import { createSqliteEngine, type SqliteEngineOptions } from './create-sqlite-engine.ts'
import type { EngineSetting, StoreSetting } from './storage-setting.ts'

/** Makes the engine that a setting names; nothing is opened before it starts. */
export function createEngine(
  setting: EngineSetting,
  { clock, random, logger }: Pick<SqliteEngineOptions, 'clock' | 'random' | 'logger'> = {},
): Engine {
  const means = { ...(clock && { clock }), ...(random && { random }) }
  if (setting.kind === 'memory') return createMemoryEngine(means)
  return createSqliteEngine({
    path: setting.path,
    durability: setting.durability,
    ...means,
    ...(logger && { logger }),
  })
}

// A hub that keeps everything in memory works without SQLite, but for what only a store can do.
function createMemoryStore(): Store {
  return findSqlite() ? createSqliteStore({ path: ':memory:' }) : createEmptyStore()
}

/** Makes the store that a setting names; nothing is opened before it starts. */
export function createStore(setting: StoreSetting): Store {
  if (setting.kind === 'postgres') return createPostgresStore({ url: setting.url })
  if (setting.kind === 'memory') return createMemoryStore()
  return createSqliteStore({ path: setting.path, durability: setting.durability })
}
