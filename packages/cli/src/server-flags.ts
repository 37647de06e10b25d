import { ConfigError } from '@coterie/server'
import type { ArgsDef } from 'citty'
import { readPort } from './environment.ts'
import type { SettingsSources } from './settings.ts'

/** The flags for the storage of a server. */
export const STORAGE_FLAGS = {
  config: { type: 'string', description: 'Configuration file', valueHint: 'coterie.config.ts' },
  engine: { type: 'string', description: '"memory" or "sqlite:<path>"' },
  store: { type: 'string', description: '"memory", "sqlite:<path>" or "postgres://…"' },
  'data-dir': {
    type: 'string',
    description: 'Folder of the embedded engine and store',
    valueHint: '.coterie',
  },
} as const satisfies ArgsDef

/** The flags of the commands that start a server. */
export const SERVER_FLAGS = {
  port: {
    type: 'string',
    description: 'Port to listen on; 0 takes any free one',
    valueHint: '8080',
  },
  host: { type: 'string', description: 'Address to listen on', valueHint: '127.0.0.1' },
  ...STORAGE_FLAGS,
} as const satisfies ArgsDef

/** Flags as given on the command line. */
export type GivenFlags = Readonly<Record<string, unknown>>

/** Converts flags to settings. @throws {ConfigError} for an unknown flag or invalid value */
export function readServerFlags(given: GivenFlags): SettingsSources['flags'] {
  return {
    ...readStorageFlags(given, SERVER_FLAGS),
    port: readPort('--port', textOf(given, 'port')),
    host: textOf(given, 'host'),
  }
}

/** Converts storage flags to settings. @throws {ConfigError} for a flag that is not `known` */
export function readStorageFlags(given: GivenFlags, known: ArgsDef): SettingsSources['flags'] {
  refuseUnknownFlags(given, known)
  return {
    config: textOf(given, 'config'),
    engine: textOf(given, 'engine'),
    store: textOf(given, 'store'),
    dataDir: textOf(given, 'data-dir'),
  }
}

function textOf(given: GivenFlags, name: keyof typeof SERVER_FLAGS): string | undefined {
  const value = given[name]
  if (value === '') throw new ConfigError(`--${name} needs a value`)
  return typeof value === 'string' ? value : undefined
}

/** Refuses flags and arguments that a command does not know. */
export function refuseUnknownFlags(given: GivenFlags, known: ArgsDef): void {
  const names = new Set(Object.keys(known).flatMap((name) => [name, camelCase(name)]))
  const words = Array.isArray(given._) ? given._ : []
  const positionals = Object.values(known).filter((flag) => flag.type === 'positional').length
  const unknown = Object.keys(given).find((name) => name !== '_' && !names.has(name))
  if (unknown !== undefined) {
    const list = Object.keys(known).map((name) => `--${name}`)
    throw new ConfigError(`unknown flag --${unknown}; known here: ${list.join(', ')}`)
  }
  if (words.length > positionals) {
    throw new ConfigError(`unexpected argument ${JSON.stringify(words[positionals])}`)
  }
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
