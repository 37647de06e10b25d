import { DatabaseSync, StatementSync } from 'node:sqlite'

const FULL = ['2', '3', 'full', 'extra']
const LESS_THAN_FULL = /synchronous\s*=\s*(off|normal|0|1)/i
/** One statement that writes nothing. */
const READS = /^\s*select[^;]*$/i

/** What is told of a database, by its path. */
export interface DatabaseEvents {
  /** All of it is on the disk now. */
  onSynced(path: string): void
  /** The next step may write data that is not synced. */
  onUnsynced(path: string): void
}

let events: DatabaseEvents | undefined

/** Hears what SQLite syncs of databases and what not, by what it runs; they work as before. */
export function watchDatabases(listener: DatabaseEvents): void {
  const isWatching = events !== undefined
  events = listener
  if (isWatching) return
  /** Databases of statements that may write. */
  const owners = new WeakMap<StatementSync, DatabaseSync>()
  watchStatements(owners)
  const { close, exec, prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.exec = function (sql) {
    noteBefore(this, sql)
    exec.call(this, sql)
    noteRun(this, sql)
  }
  DatabaseSync.prototype.close = function () {
    const path = this.location()
    close.call(this)
    if (path !== null) events?.onSynced(path)
  }
  DatabaseSync.prototype.prepare = function (...args: Parameters<typeof prepare>) {
    const statement = prepare.apply(this, args)
    if (!READS.test(args[0])) owners.set(statement, this)
    return statement
  }
}

function watchStatements(owners: WeakMap<StatementSync, DatabaseSync>): void {
  for (const name of ['run', 'get', 'all'] as const) {
    const method = StatementSync.prototype[name] as (...values: unknown[]) => unknown
    const watched = function (this: StatementSync, ...values: unknown[]): unknown {
      const database = owners.get(this)
      if (database && !database.isTransaction) noteBefore(database, this.sourceSQL)
      const result = method.apply(this, values)
      if (database && !database.isTransaction) noteRun(database, this.sourceSQL)
      return result
    }
    Object.assign(StatementSync.prototype, { [name]: watched })
  }
}

// Under FULL every commit is synced, and within a transaction nothing is committed.
function noteBefore(database: DatabaseSync, sql: string): void {
  if (FULL.includes(levelOf(database)) && !LESS_THAN_FULL.test(sql)) return
  const path = database.location()
  if (path !== null) events?.onUnsynced(path)
}

function noteRun(database: DatabaseSync, sql: string): void {
  if (!syncs(database, sql)) return
  const path = database.location()
  if (path !== null) events?.onSynced(path)
}

/** What each database was last told of `synchronous`. */
const levels = new WeakMap<DatabaseSync, string>()

function levelOf(database: DatabaseSync): string {
  return levels.get(database) ?? 'full'
}

// Statement by statement: a text may commit under one level and end with another.
function syncs(database: DatabaseSync, sql: string): boolean {
  let hasSynced = false
  for (const statement of sql.toLowerCase().split(';')) {
    const [, level] = /pragma\s+synchronous\s*=\s*(\w+)/.exec(statement) ?? []
    if (level !== undefined) levels.set(database, level)
    const isFull = FULL.includes(levelOf(database))
    if (/pragma\s+wal_checkpoint/.test(statement)) hasSynced = true
    if (isFull && /^\s*(commit|end|insert|update|delete|replace|create)/.test(statement)) {
      hasSynced ||= !database.isTransaction
    }
  }
  return hasSynced
}
