import { z } from 'zod'
import { checkConfig } from '../config/check-config.ts'
import { hasMembers } from '../config/has-members.ts'
import { guardEngine } from '../engines/guard-engine.ts'
import type { Clock } from '../ports/clock.ts'
import type { Engine } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'
import { createEngine, createStore } from './create-storage.ts'
import { checkDataDir } from './data-dir.ts'
import { refuseContradictions } from './refuse-contradictions.ts'
import type { StorageOptions } from './storage-options.ts'
import { readStorage, type StorageSetting } from './storage-setting.ts'

/** What keeps things, made but not opened. */
export interface Storage {
  readonly engine: Engine
  readonly store: Store
}

/** What choosing needs beside the options. */
export interface StorageMeans {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const isEngine = (value: unknown): value is Engine =>
  hasMembers(value, { capabilities: 'object', start: 'function', append: 'function' })

const isStore = (value: unknown): value is Store =>
  hasMembers(value, { notifications: 'object', start: 'function', health: 'function' })

const optionsSchema = z
  .object({
    engine: z.union([z.string(), z.custom<Engine>(isEngine)], {
      error: 'expected "memory", "sqlite:<path>" or an engine such as createSqliteEngine() makes',
    }),
    store: z.union([z.string(), z.custom<Store>(isStore)], {
      error:
        'expected "memory", "sqlite:<path>", "postgres://…" or a store such as createSqliteStore() makes',
    }),
    dataDir: z.string().min(1, 'expected the path of a folder'),
    durability: z.enum(['memory', 'normal', 'full']),
  })
  .partial()

/**
 * Takes or makes the engine and the store that options name, and warns of what
 * is in memory without having been named so. Nothing is opened yet.
 *
 * @throws {ConfigError} for what is unknown, cannot be, or contradicts itself
 */
export function chooseStorage(options: StorageOptions, means: StorageMeans): Storage {
  const { engine, store, dataDir, durability } = options
  checkConfig(optionsSchema, { engine, store, dataDir, durability })
  const setting = readStorage({
    engine: typeof engine === 'string' ? engine : undefined,
    store: typeof store === 'string' ? store : undefined,
    dataDir,
    durability,
  })
  refuseContradictions(options, setting)
  if (dataDir !== undefined) checkDataDir(dataDir)
  const storage = {
    engine: guardEngine(
      typeof engine === 'object' ? engine : createEngine(setting.engine, means),
      means.logger,
    ),
    store: typeof store === 'object' ? store : createStore(setting.store),
  }
  const warning = describeForgetting(options, setting, storage.engine)
  if (warning !== undefined) means.logger.warn({}, warning)
  return storage
}

function describeForgetting(
  options: StorageOptions,
  setting: StorageSetting,
  engine: Engine,
): string | undefined {
  const engineForgets = options.engine === undefined && setting.engine.kind === 'memory'
  const storeForgets = options.store === undefined && setting.store.kind === 'memory'
  if (engineForgets && storeForgets) {
    return "everything is kept in memory and lost when this process ends: set dataDir: '.coterie' to keep it, or engine: 'memory' if that is intended"
  }
  if (engineForgets) {
    return "history and shared state are kept in memory and lost when this process ends: set engine: 'sqlite:<path>' to keep them, or engine: 'memory' if that is intended"
  }
  // Whoever says that channels are kept in memory means the whole hub.
  if (storeForgets && engine.capabilities.durable) {
    return "notifications and stored subscriptions are kept in memory and lost when this process ends: set store: 'sqlite:<path>' to keep them, or store: 'memory' if that is intended"
  }
  return undefined
}
