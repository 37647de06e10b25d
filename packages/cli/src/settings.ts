import { resolve } from 'node:path'
import { ConfigError, type Durability, type HubConfig } from '@coterie/server'
import { type Config, readConfigFile } from './config-file.ts'
import { readEnvironment } from './environment.ts'

/** The name of a file of SQLite that is none. */
const IN_MEMORY = ':memory:'

/** Where a server keeps logs and maps. */
export type EngineSetting =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string; readonly durability: Durability }

/** Where a server keeps notifications and stored subscriptions. */
export type StoreSetting =
  | { readonly kind: 'sqlite'; readonly path: string; readonly durability: Durability }
  | { readonly kind: 'postgres'; readonly url: string }

/** All that a server needs to start. */
export interface Settings {
  readonly port: number
  readonly host: string
  readonly logLevel: NonNullable<Config['logLevel']>
  readonly engine: EngineSetting
  readonly store: StoreSetting
  readonly webhooks: Config['webhooks']
  readonly email: Config['email']
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

  const { port, host, logLevel, engine, store, dataDir, ...rest } = merged
  const { durability = 'normal', webhooks, email, ...hub } = rest
  // Who publishes the keys is often said by the environment, and the rest by the file.
  if (hub.jwt) hub.jwt = { ...fromFile.jwt, ...defined(hub.jwt) }
  const dataFolder = resolve(folder, dataDir ?? '.coterie')
  return {
    port: port ?? 8080,
    host: host ?? '127.0.0.1',
    logLevel: logLevel ?? 'info',
    engine: readEngine(engine, dataFolder, durability),
    store: readStore(store, dataFolder, durability),
    webhooks,
    email,
    hub,
  }
}

function readEngine(
  engine: string | undefined,
  dataFolder: string,
  durability: Durability,
): EngineSetting {
  if (engine === undefined) {
    return { kind: 'sqlite', path: resolve(dataFolder, 'engine.sqlite'), durability }
  }
  if (engine === 'memory') return { kind: 'memory' }
  const path = /^sqlite:(.+)$/.exec(engine)?.[1]
  if (path !== undefined) return { kind: 'sqlite', path: resolve(path), durability }
  throw new ConfigError(
    `the engine is ${JSON.stringify(engine)}: expected "memory" or "sqlite:<path>" (redis and nats are not supported yet)`,
  )
}

function readStore(
  store: string | undefined,
  dataFolder: string,
  durability: Durability,
): StoreSetting {
  if (store === undefined) {
    return { kind: 'sqlite', path: resolve(dataFolder, 'store.sqlite'), durability }
  }
  const path = /^sqlite:(.+)$/.exec(store)?.[1]
  if (path !== undefined) {
    return { kind: 'sqlite', path: path === IN_MEMORY ? path : resolve(path), durability }
  }
  if (/^postgres(ql)?:\/\//.test(store) && URL.canParse(store))
    return { kind: 'postgres', url: store }
  // An address may hold a password, which is not to be shown.
  const shown = JSON.stringify(store.replace(/:\/\/.*/s, '://…'))
  throw new ConfigError(`the store is ${shown}: expected "sqlite:<path>" or "postgres://…"`)
}

function defined<Values extends object>(values: Values): Values {
  const said = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(said) as Values
}
