import { createSqliteStore } from '@coterie/server'
import { shareStore } from '@coterie/testing'

/** A store for worlds in which nothing is stored: making one for each would cost more than the world. */
export const idleStore = shareStore(createSqliteStore({ path: ':memory:' }))
