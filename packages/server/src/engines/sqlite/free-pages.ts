import type { DatabaseSync } from 'node:sqlite'

/** Free pages that stay in the file for the next writes. */
const KEPT_PAGES = 256
/** Pages returned in one step; each may have to be copied. */
const PAGES_A_STEP = 256

/** Returns some free pages to the system; true if more remain. */
export function freePages(database: DatabaseSync): boolean {
  const free = Number(database.prepare('PRAGMA freelist_count').get()?.freelist_count)
  const surplus = free - KEPT_PAGES
  if (surplus <= 0) return false
  database.exec(`PRAGMA incremental_vacuum(${Math.min(surplus, PAGES_A_STEP)})`)
  return surplus > PAGES_A_STEP
}
