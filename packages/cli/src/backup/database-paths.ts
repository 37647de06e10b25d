import { ConfigError } from '@coterie/server'
import type { Settings } from '../settings.ts'
import { PARTS, type Part } from './manifest.ts'

/** The paths of a server's databases that are files. */
export function databasePaths({ engine, store }: Settings): Partial<Record<Part, string>> {
  const paths: Partial<Record<Part, string>> = {}
  if (engine.kind === 'sqlite') paths.engine = engine.path
  if (store.kind === 'sqlite') paths.store = store.path
  if (Object.keys(paths).length === 0) {
    throw new ConfigError('neither the engine nor the store is a SQLite file; nothing to copy')
  }
  return paths
}

/** Describes for operators what a backup of files leaves out. */
export function leftOut({ engine, store }: Settings): string[] {
  const notes: string[] = []
  if (engine.kind === 'memory') notes.push('the engine is in memory and has no file')
  if (store.kind === 'memory') notes.push('the store is in memory and has no file')
  if (store.kind === 'postgres') notes.push('the store is Postgres: back it up with pg_dump')
  return notes
}

/** Lists the parts in a fixed order. */
export function partsOf(paths: Partial<Record<Part, string>>): [Part, string][] {
  return (Object.keys(PARTS) as Part[]).flatMap((part) => {
    const path = paths[part]
    return path === undefined ? [] : [[part, path] satisfies [Part, string]]
  })
}
