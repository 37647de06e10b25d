import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import { CHECKED_COLUMNS, type CheckedTable } from './schema.ts'

/** Tables that everything depends on; events are checked when they are read. */
const VITAL: readonly CheckedTable[] = ['meta', 'logs', 'maps', 'entries']
/** Tables that only recognise repetitions, and expire within minutes. */
const EXPENDABLE: readonly CheckedTable[] = ['dedup', 'changes']

/** @throws {RealtimeError} `unavailable` when the pages of a file are inconsistent */
export function verifyPages(database: DatabaseSync, depth: 'quick' | 'whole'): void {
  const check = depth === 'whole' ? 'integrity_check' : 'quick_check'
  const [row] = database.prepare(`PRAGMA ${check}(1)`).all()
  const found = row && String(Object.values(row)[0])
  if (found !== 'ok') throw damaged(found?.replaceAll('\n', ' ') ?? 'nothing can be read')
}

/**
 * Checks the pages of a file, and the rows that everything depends on.
 *
 * @param depth `quick` does not compare indexes with tables; `whole` also
 * deletes damaged dedup rows
 * @throws {RealtimeError} `unavailable` when the file is damaged
 */
export function verifyFile(database: DatabaseSync, depth: 'quick' | 'whole'): void {
  verifyPages(database, depth)
  verifyVitalRows(database)
  if (depth === 'whole') {
    for (const table of EXPENDABLE) database.exec(`DELETE ${broken(table)}`)
  }
}

/** @throws {RealtimeError} `unavailable` when a vital row is damaged */
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
