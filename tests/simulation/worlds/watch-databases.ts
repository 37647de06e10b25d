import { DatabaseSync, StatementSync } from 'node:sqlite'

const FULL = ['2', '3', 'full', 'extra']

let onSynced: ((path: string) => void) | undefined

/**
 * Hears when SQLite has synced a database, by what it runs; databases work as before.
 *
 * @param onSync is told the path of the database
 */
export function watchDatabases(onSync: (path: string) => void): void {
  const isWatching = onSynced !== undefined
  onSynced = onSync
  if (isWatching) return
  const owners = new WeakMap<StatementSync, DatabaseSync>()
  watchStatements(owners)
  const { close, exec, prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.exec = function (sql) {
    exec.call(this, sql)
    noteRun(this, sql)
  }
  DatabaseSync.prototype.close = function () {
    const path = this.location()
    close.call(this)
    if (path !== null) onSynced?.(path)
  }
  DatabaseSync.prototype.prepare = function (...args: Parameters<typeof prepare>) {
    const statement = prepare.apply(this, args)
    owners.set(statement, this)
    return statement
  }
}

function watchStatements(owners: WeakMap<StatementSync, DatabaseSync>): void {
  for (const name of ['run', 'get', 'all'] as const) {
    const method = StatementSync.prototype[name] as (...values: unknown[]) => unknown
    const watched = function (this: StatementSync, ...values: unknown[]): unknown {
      const result = method.apply(this, values)
      const database = owners.get(this)
      if (database && !database.isTransaction) noteRun(database, this.sourceSQL)
      return result
    }
    Object.assign(StatementSync.prototype, { [name]: watched })
  }
}

function noteRun(database: DatabaseSync, sql: string): void {
  if (!syncs(database, sql)) return
  const path = database.location()
  if (path !== null) onSynced?.(path)
}

/** What each database was last told of `synchronous`. */
const levels = new WeakMap<DatabaseSync, string>()

// Statement by statement: a text may commit under one level and end with another.
function syncs(database: DatabaseSync, sql: string): boolean {
  let hasSynced = false
  for (const statement of sql.toLowerCase().split(';')) {
    const [, level] = /pragma\s+synchronous\s*=\s*(\w+)/.exec(statement) ?? []
    if (level !== undefined) levels.set(database, level)
    const isFull = FULL.includes(levels.get(database) ?? 'full')
    if (/pragma\s+wal_checkpoint/.test(statement)) hasSynced = true
    if (isFull && /^\s*(commit|end|insert|update|delete|replace|create)/.test(statement)) {
      hasSynced ||= !database.isTransaction
    }
  }
  return hasSynced
}
