import { existsSync, readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '@coterie/server'
import { checkConfig, hubConfigSchema } from '@coterie/server/command'
import { z } from 'zod'

const NAMES = ['coterie.config.ts', 'coterie.config.mjs', 'coterie.config.json']

const configFileSchema = z.strictObject({
  ...hubConfigSchema.shape,
  port: z.int().min(0).max(65_535, 'expected a port from 0 to 65535').optional(),
  host: z.string().min(1).optional(),
  engine: z.string().optional(),
  store: z.string().optional(),
  dataDir: z.string().min(1).optional(),
  /** Signs webhooks, and allows hosts of the intranet. */
  webhooks: z
    .strictObject({
      secrets: z.array(z.string().min(24, 'expected at least 24 characters')).min(1),
      allowedHosts: z.array(z.string().min(1)).optional(),
    })
    .optional(),
  /** Sends e-mail through a mail server (SMTP). */
  email: z.strictObject({ url: z.string().min(1), from: z.string().min(3) }).optional(),
  durability: z.enum(['memory', 'normal', 'full']).optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
})

/** The contents of a configuration file. */
export type Config = z.input<typeof configFileSchema>

/** Returns a configuration unchanged; gives editors its type. */
export function defineConfig(config: Config): Config {
  return config
}

/**
 * Reads the configuration file: the named one, or `coterie.config.{ts,mjs,json}`
 * in the folder, if there is one.
 *
 * @throws {ConfigError} when it cannot be read, has an unknown key or an invalid value
 */
export async function readConfigFile(folder: string, named: string | undefined): Promise<Config> {
  const path = named === undefined ? findConfigFile(folder) : resolve(folder, named)
  if (path === undefined) return {}
  if (!existsSync(path)) throw new ConfigError(`there is no configuration file ${path}`)
  const value = extname(path) === '.json' ? readJson(path) : await readModule(path)
  try {
    return checkConfig(configFileSchema, value)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(`${path}: ${error.message}`, { cause: error })
  }
}

function findConfigFile(folder: string): string | undefined {
  return NAMES.map((name) => resolve(folder, name)).find((path) => existsSync(path))
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new ConfigError(`${path}: ${reasonOf(cause)}`, { cause })
  }
}

async function readModule(path: string): Promise<unknown> {
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown }
  } catch (cause) {
    throw new ConfigError(`${path}: ${reasonOf(cause)}`, { cause })
  }
  if (module.default === undefined) {
    throw new ConfigError(`${path}: expected "export default { … }"`)
  }
  return module.default
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
