import { join, resolve } from 'node:path'
import { ConfigError } from '../config/check-config.ts'
import type { Durability } from '../ports/durability.ts'

/** The name by which SQLite keeps a database in memory. */
const IN_MEMORY = ':memory:'
/** Databases that other products keep engines in, and this one does not yet. */
const PLANNED = /^(redis|rediss|valkey|nats|tls):/

/** Where logs and maps are kept. */
export type EngineSetting =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string; readonly durability: Durability }

/** Where notifications and stored subscriptions are kept. */
export type StoreSetting = EngineSetting | { readonly kind: 'postgres'; readonly url: string }

/** Where everything is kept. */
export interface StorageSetting {
  readonly engine: EngineSetting
  readonly store: StoreSetting
}

/** What an operator or an application says of where things are kept. */
export interface StorageWords {
  /** `memory` or `sqlite:<path>`. */
  readonly engine?: string | undefined
  /** `memory`, `sqlite:<path>` or `postgres://…`. */
  readonly store?: string | undefined
  /** The folder of whichever of both is not named. */
  readonly dataDir?: string | undefined
  /** @default 'normal' */
  readonly durability?: Durability | undefined
}

/**
 * Reads where things are kept: what is named, else a file in the data
 * directory, else memory. Relative paths start from the current folder.
 *
 * @throws {ConfigError} saying what was given and what is allowed
 */
export function readStorage({ engine, store, ...words }: StorageWords): StorageSetting {
  const { dataDir, durability = 'normal' } = words
  const within = (file: string): EngineSetting =>
    dataDir === undefined
      ? { kind: 'memory' }
      : { kind: 'sqlite', path: join(resolve(dataDir), file), durability }
  return {
    engine: engine === undefined ? within('engine.sqlite') : readEngine(engine, durability),
    store: store === undefined ? within('store.sqlite') : readStore(store, durability),
  }
}

function readEngine(word: string, durability: Durability): EngineSetting {
  const setting = readEmbedded(word, durability)
  if (setting) return setting
  const planned = PLANNED.test(word) ? ' (redis and nats are not supported yet)' : ''
  throw new ConfigError(
    `the engine is ${shown(word)}: expected "memory" or "sqlite:<path>"${planned}`,
  )
}

function readStore(word: string, durability: Durability): StoreSetting {
  const setting = readEmbedded(word, durability)
  if (setting) return setting
  if (/^postgres(ql)?:\/\//.test(word) && URL.canParse(word)) return { kind: 'postgres', url: word }
  // Whoever gives an address looks for a database, not for memory.
  const memory = word.includes('://') ? '' : '"memory", '
  throw new ConfigError(
    `the store is ${shown(word)}: expected ${memory}"sqlite:<path>" or "postgres://…"`,
  )
}

function readEmbedded(word: string, durability: Durability): EngineSetting | undefined {
  if (word === 'memory') return { kind: 'memory' }
  const path = /^sqlite:(.*)$/s.exec(word)?.[1]?.trim()
  if (!path) return undefined
  return { kind: 'sqlite', path: path === IN_MEMORY ? path : resolve(path), durability }
}

// What is wrong with an address may be where its password begins.
function shown(word: string): string {
  const isWord = /^[\w ]*:?\s*$/.test(word)
  const isHost = /^\w+:\/\/[\w.-]*(:\d{1,5})?\/?$/.test(word)
  const scheme = /^\w+:(\/\/)?/.exec(word)?.[0] ?? ''
  return JSON.stringify(isWord || isHost ? word : `${scheme}…`)
}
