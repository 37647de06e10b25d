import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import { CHECKED_COLUMNS, type CheckedTable } from './schema.ts'

/** Without one of their rows everything else may be wrong; events are checked when they are read. */
const VITAL: readonly CheckedTable[] = ['meta', 'logs', 'maps', 'entries']
/** What only helps to recognise repetitions, and is forgotten within minutes anyway. */
const EXPENDABLE: readonly CheckedTable[] = ['dedup', 'changes']

/** @throws {RealtimeError} `unavailable` when the pages of a file do not fit together */
export function verifyPages(database: DatabaseSync, depth: 'quick' | 'whole'): void {
  const check = depth === 'whole' ? 'integrity_check' : 'quick_check'
  const [row] = database.prepare(`PRAGMA ${check}(1)`).all()
  const found = row && String(Object.values(row)[0])
  if (found !== 'ok') throw damaged(found?.replaceAll('\n', ' ') ?? 'nothing can be read')
}

/**
 * Checks that the pages of a file fit together, and the rows that nothing can do without.
 *
 * @param depth `quick` leaves out whether indexes and tables say the same; `whole` also
 * forgets repetitions that are damaged
 * @throws {RealtimeError} `unavailable` when the file is damaged
 */
export function verifyFile(database: DatabaseSync, depth: 'quick' | 'whole'): void {
  verifyPages(database, depth)
  verifyVitalRows(database)
  if (depth === 'whole') {
    for (const table of EXPENDABLE) database.exec(`DELETE ${broken(table)}`)
  }
}

/** @throws {RealtimeError} `unavailable` when a row is damaged that nothing can do without */
export function verifyVitalRows(database: DatabaseSync): void {
  for (const table of VITAL) {
    const count = Number(database.prepare(`SELECT count(*) AS count ${broken(table)}`).get()?.count)
    if (count > 0) throw damaged(`${count} rows of ${table} are not what they were`)
  }
}

function broken(table: CheckedTable): string {
  return `FROM ${table} WHERE checksum != checksum(${CHECKED_COLUMNS[table]})`
}

function damaged(what: string): RealtimeError {
  return new RealtimeError(
    'unavailable',
    `it is damaged (${what}); restore a backup (coterie restore), or move the file away to start afresh`,
  )
}
