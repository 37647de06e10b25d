import { resolve } from 'node:path'
import type { HubConfig } from '@coterie/server'
import { type EngineSetting, readStorage, type StoreSetting } from '@coterie/server/command'
import { type Config, readConfigFile } from './config-file.ts'
import { readEnvironment } from './environment.ts'

/** Everything that a server needs to start. */
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

/** The sources of settings. */
export interface SettingsSources {
  readonly flags: Config & { readonly config?: string | undefined }
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths are resolved against. */
  readonly folder: string
}

/**
 * Combines the settings: flags, then the environment, then the configuration file.
 *
 * @throws {ConfigError} naming the key, its value and the valid values
 */
export async function readSettings(sources: SettingsSources): Promise<Settings> {
  const { environment, folder } = sources
  const { config: flagPath, ...flags } = sources.flags
  const fromEnvironment = readEnvironment(environment)
  const path = flagPath ?? (environment.COTERIE_CONFIG || undefined)
  const fromFile = await readConfigFile(folder, path)
  const merged: Config = { ...fromFile, ...defined(fromEnvironment), ...defined(flags) }

  const { port, host, logLevel, engine, store, dataDir, ...rest } = merged
  const { durability, webhooks, email, ...hub } = rest
  // The environment often sets the key issuer, and the file the other members of `jwt`.
  if (hub.jwt) hub.jwt = { ...fromFile.jwt, ...defined(hub.jwt) }
  if (hub.notifications) {
    hub.notifications = { ...fromFile.notifications, ...hub.notifications }
  }
  const dataFolder = resolve(folder, dataDir ?? '.coterie')
  return {
    port: port ?? 8080,
    host: host ?? '127.0.0.1',
    logLevel: logLevel ?? 'info',
    ...readStorage({ engine, store, dataDir: dataFolder, durability }),
    webhooks,
    email,
    hub,
  }
}

function defined<Values extends object>(values: Values): Values {
  const said = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(said) as Values
}
