import { resolve } from 'node:path'
import { ConfigError, type Durability, type HubConfig } from '@coterie/server'
import { type Config, readConfigFile } from './config-file.ts'
import { readEnvironment } from './environment.ts'

/** Where a server keeps logs and maps. */
export type EngineSetting =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string; readonly durability: Durability }

/** All that a server needs to start. */
export interface Settings {
  readonly port: number
  readonly host: string
  readonly logLevel: NonNullable<Config['logLevel']>
  readonly engine: EngineSetting
  readonly hub: HubConfig
}

/** Where settings come from. */
export interface SettingsSources {
  readonly flags: Config & { readonly config?: string | undefined }
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths start from. */
  readonly folder: string
}

/**
 * Gathers the settings: flags, then the environment, then the configuration file.
 *
 * @throws {ConfigError} naming the key, its value and what is allowed
 */
export async function readSettings(sources: SettingsSources): Promise<Settings> {
  const { environment, folder } = sources
  const { config: flagPath, ...flags } = sources.flags
  const fromEnvironment = readEnvironment(environment)
  const path = flagPath ?? (environment.COTERIE_CONFIG || undefined)
  const fromFile = await readConfigFile(folder, path)
  const merged: Config = { ...fromFile, ...defined(fromEnvironment), ...defined(flags) }

  const { port, host, logLevel, engine, store, dataDir, durability, ...hub } = merged
  checkStore(store)
  return {
    port: port ?? 8080,
    host: host ?? '127.0.0.1',
    logLevel: logLevel ?? 'info',
    engine: readEngine(engine, resolve(folder, dataDir ?? '.coterie'), durability ?? 'normal'),
    hub,
  }
}

function readEngine(
  engine: string | undefined,
  dataDir: string,
  durability: Durability,
): EngineSetting {
  if (engine === undefined) {
    return { kind: 'sqlite', path: resolve(dataDir, 'engine.sqlite'), durability }
  }
  if (engine === 'memory') return { kind: 'memory' }
  const path = /^sqlite:(.+)$/.exec(engine)?.[1]
  if (path !== undefined) return { kind: 'sqlite', path: resolve(path), durability }
  throw new ConfigError(
    `the engine is ${JSON.stringify(engine)}: expected "memory" or "sqlite:<path>" (redis and nats are not supported yet)`,
  )
}

// Nothing is stored yet that one could query, but a setting is never ignored unread.
function checkStore(store: string | undefined): void {
  if (store === undefined || /^sqlite:.+$/.test(store)) return
  throw new ConfigError(
    `the store is ${JSON.stringify(store)}: expected "sqlite:<path>" (postgres is not supported yet)`,
  )
}

function defined(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}
