import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import { checksumOf } from './checksum.ts'

/** What the database remembers of itself. */
export type MetaName =
  /** Which database this is; a copy has the same. */
  | 'file'
  /** Which file it was in, and which mark was beside it. */
  | 'identity'
  /** Groups of writes that were acknowledged. */
  | 'commits'
  /** The run of the operating system. */
  | 'boot_id'
  /** `clean`, or `running`. */
  | 'ended'
  /** Names this life of the order of all events. */
  | 'sequence_epoch'
  /** The greatest sequence in the logs that were forgotten whole. */
  | 'forgotten'
  /** How many events there were when logs that nothing was written to got their name. */
  | 'named'
  /** When readiness was last asked for. */
  | 'health'

/** Single values that a database keeps of itself. */
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
