import { ConfigError } from '@coterie/server'
import type { Config } from './config-file.ts'

/** The environment variables that are settings. */
export const VARIABLES = [
  'PORT',
  'HOST',
  'COTERIE_CONFIG',
  'COTERIE_API_KEY',
  'COTERIE_JWT_SECRET',
  'COTERIE_JWKS_URL',
  'COTERIE_JWT_ISSUER',
  'COTERIE_JWT_AUDIENCE',
  'COTERIE_ALLOWED_ORIGINS',
  'COTERIE_TRUSTED_PROXIES',
  'COTERIE_ANONYMOUS',
  'COTERIE_ENGINE',
  'COTERIE_STORE',
  'COTERIE_DATA_DIR',
  'COTERIE_NOTIFICATIONS_PER_USER',
  'LOG_LEVEL',
] as const

/** Variables that control access: empty, they would admit nobody, or everybody. */
const IDENTITY = [
  'COTERIE_API_KEY',
  'COTERIE_JWT_SECRET',
  'COTERIE_JWKS_URL',
  'COTERIE_JWT_ISSUER',
  'COTERIE_JWT_AUDIENCE',
  'COTERIE_ALLOWED_ORIGINS',
] as const satisfies (typeof VARIABLES)[number][]

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the settings in the environment.
 *
 * @throws {ConfigError} for an invalid value, naming the variable and the valid values
 */
export function readEnvironment(environment: Environment): Config {
  const read = (name: (typeof VARIABLES)[number]): string | undefined =>
    environment[name] || undefined
  for (const name of IDENTITY) refuseEmpty(name, environment[name])
  const jwt = {
    jwksUrl: read('COTERIE_JWKS_URL'),
    issuer: readList(read('COTERIE_JWT_ISSUER')),
    audience: readList(read('COTERIE_JWT_AUDIENCE')),
  }
  const maxPerUser = readCount(
    'COTERIE_NOTIFICATIONS_PER_USER',
    read('COTERIE_NOTIFICATIONS_PER_USER'),
  )
  return {
    port: readPort('PORT', read('PORT')),
    host: read('HOST'),
    apiKeys: readList(read('COTERIE_API_KEY')),
    jwtSecret: read('COTERIE_JWT_SECRET'),
    jwt: Object.values(jwt).some((value) => value !== undefined) ? jwt : undefined,
    allowedOrigins: readList(read('COTERIE_ALLOWED_ORIGINS')),
    trustedProxies: readList(read('COTERIE_TRUSTED_PROXIES')),
    anonymous: readBoolean('COTERIE_ANONYMOUS', read('COTERIE_ANONYMOUS')),
    engine: read('COTERIE_ENGINE'),
    store: read('COTERIE_STORE'),
    dataDir: read('COTERIE_DATA_DIR'),
    notifications: maxPerUser === undefined ? undefined : { maxPerUser },
    logLevel: readLogLevel(read('LOG_LEVEL')),
  }
}

/** Returns unknown variables that look like settings, such as misspelt ones. */
export function unknownVariables(environment: Environment): string[] {
  const known = new Set<string>(VARIABLES)
  return Object.keys(environment).filter((name) => name.startsWith('COTERIE_') && !known.has(name))
}

/** Reads a port number. @throws {ConfigError} when it is invalid */
export function readPort(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (!(port <= 65_535)) {
    throw new ConfigError(`${name} is ${JSON.stringify(value)}: expected a port from 0 to 65535`)
  }
  return port
}

function readCount(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new ConfigError(`${name} is ${JSON.stringify(value)}: expected a whole number from 0`)
}

function refuseEmpty(name: string, value: string | undefined): void {
  if (value === undefined || /[^\s,]/.test(value)) return
  throw new ConfigError(`${name} is empty: give it a value, or do not set it`)
}

function readList(value: string | undefined): string[] | undefined {
  const items = value
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return items?.length ? items : undefined
}

function readBoolean(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw new ConfigError(`${name} is ${JSON.stringify(value)}: expected true or false`)
}

function readLogLevel(value: string | undefined): Config['logLevel'] {
  if (value === undefined) return undefined
  const level = LOG_LEVELS.find((known) => known === value)
  if (!level) {
    throw new ConfigError(
      `LOG_LEVEL is ${JSON.stringify(value)}: expected ${LOG_LEVELS.join(', ')}`,
    )
  }
  return level
}
