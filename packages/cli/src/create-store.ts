import { createSqliteStore, type Store } from '@coterie/server'
import { createPostgresStore } from '@coterie/server/stores/postgres'
import type { StoreSetting } from './settings.ts'

/** Makes the store that the settings name. */
export function createStore(setting: StoreSetting): Store {
  return setting.kind === 'postgres'
    ? createPostgresStore({ url: setting.url })
    : createSqliteStore({ path: setting.path, durability: setting.durability })
}
