import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import type { Durability } from '../../ports/durability.ts'

const SYNCHRONOUS = { memory: 'OFF', normal: 'NORMAL', full: 'FULL' } as const

/**
 * Opens the file for this process alone.
 *
 * @throws {RealtimeError} `unavailable` when the file is in use or damaged
 */
export function openStoreFile(path: string, durability: Durability): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(path, { timeout: 0 })
    // One process owns the file, so no statement ever finds it locked. The lock
    // goes with the process, however it ends.
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${SYNCHRONOUS[durability]};
      PRAGMA wal_autocheckpoint = 4000;
      BEGIN IMMEDIATE;
      COMMIT;
    `)
    return database
  } catch (error) {
    database?.close()
    const reason = error instanceof Error ? error.message : String(error)
    const hint = reason.includes('locked') ? 'another process uses it' : reason
    throw new RealtimeError('unavailable', `cannot open ${path}: ${hint}`, undefined, error)
  }
}
