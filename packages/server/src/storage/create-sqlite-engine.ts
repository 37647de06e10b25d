import { checkOption } from '@coterie/protocol'
import { guardEngine } from '../engines/guard-engine.ts'
import { SqliteEngine } from '../engines/sqlite/sqlite-engine.ts'
import type { Clock } from '../ports/clock.ts'
import type { Durability } from '../ports/durability.ts'
import type { Engine } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { checkFileOptions } from '../sqlite/check-file-options.ts'
import { loadSqlite } from '../sqlite/load-sqlite.ts'
import { consoleLogger } from '../system/console-logger.ts'
import { readBootId } from '../system/read-boot-id.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { checkMeans } from './check-means.ts'

/** Options of the SQLite engine. */
export interface SqliteEngineOptions {
  /** The database file; its folder is made when it is missing. */
  readonly path: string
  /** @default 'normal' */
  readonly durability?: Durability
  readonly clock?: Clock
  readonly random?: Random
  /** Hears of a file that is damaged or may have lost events. @default writes to the console */
  readonly logger?: Logger
  /** Names the run of the operating system; a new one after an unclean end means a power cut. */
  readonly bootId?: string
}

/**
 * Makes the embedded engine: fan-out in memory, logs and maps in one file.
 *
 * The changes of one tick are committed together before they are delivered, so a
 * restart keeps every position that a client has seen.
 *
 * @throws {TypeError} for a bad option, naming it
 * @throws {RealtimeError} `unavailable` where this Node has no SQLite
 */
export function createSqliteEngine(options: SqliteEngineOptions): Engine {
  checkFileOptions('createSqliteEngine', options)
  checkMeans(options)
  const { bootId } = options
  checkOption('bootId', bootId, bootId === undefined || typeof bootId === 'string', 'a text')
  loadSqlite()
  const { path, durability = 'normal', logger = consoleLogger } = options
  const { clock = systemClock, random = systemRandom } = options
  const bootIdOf = (): string => bootId ?? readBootId()
  const engine = new SqliteEngine({ path, durability, clock, random, logger, bootIdOf })
  return guardEngine(engine, logger)
}
