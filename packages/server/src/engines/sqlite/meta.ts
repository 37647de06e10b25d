import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import { checksumOf } from './checksum.ts'

/** The values that the database stores about itself. */
export type MetaName =
  /** The id of the database; a copy has the same. */
  | 'file'
  /** The identity of the file, and the mark beside it. */
  | 'identity'
  /** How many commits were acknowledged. */
  | 'commits'
  /** The id of the operating system's boot. */
  | 'boot_id'
  /** `clean`, or `running`. */
  | 'ended'
  /** The id of the current order of all events; it changes after a loss. */
  | 'sequence_epoch'
  /** The greatest sequence in logs that were deleted completely. */
  | 'forgotten'
  /** The number of all events when empty logs got their epochs. */
  | 'named'
  /** When readiness was last checked. */
  | 'health'

/** Single values that a database stores about itself. */
export class Meta {
  readonly #read
  readonly #write

  constructor(database: DatabaseSync) {
    this.#read = database.prepare('SELECT value, checksum FROM meta WHERE name = ?')
    this.#write = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?, ?)')
  }

  /** @throws {RealtimeError} `unavailable` when the value is damaged */
  get(name: MetaName): string | undefined {
    const row = this.#read.get(name)
    if (!row) return undefined
    const value = String(row.value)
    if (checksumOf(name, value) === row.checksum) return value
    throw new RealtimeError('unavailable', `it is damaged: the value of ${name} is not what it was`)
  }

  set(name: MetaName, value: string | number): void {
    const text = String(value)
    this.#write.run(name, text, checksumOf(name, text))
  }
}
