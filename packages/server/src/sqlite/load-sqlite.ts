import { RealtimeError } from '@coterie/protocol'

/** The SQLite that is part of Node. */
export type Sqlite = typeof import('node:sqlite')

/**
 * Returns Node's SQLite. It is loaded when it is needed, so that what keeps
 * everything in memory works without it.
 *
 * @throws {RealtimeError} `unavailable`, saying which Node has it
 */
export function loadSqlite(): Sqlite {
  const sqlite = findSqlite()
  if (sqlite) return sqlite
  throw new RealtimeError(
    'unavailable',
    `${describeMissing()}: use such a Node, or keep everything in memory (engine: 'memory', no dataDir)`,
  )
}

/** Says which Node has SQLite. */
export function describeMissing(): string {
  return `SQLite needs Node 22.18 or newer, and this is ${process.version} without node:sqlite`
}

/** Returns Node's SQLite; undefined where this Node has none. */
export function findSqlite(): Sqlite | undefined {
  // Older versions do not know how to be asked either.
  return process.getBuiltinModule?.('node:sqlite')
}
