import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ConfigError } from '@coterie/server'
import { loadSqlite } from '@coterie/server/command'
import { defineCommand } from 'citty'
import { removeDatabase, sync } from '../backup/copy-database.ts'
import { databasePaths } from '../backup/database-paths.ts'
import { PARTS, type Part, readManifest } from '../backup/manifest.ts'
import { readStorageFlags, STORAGE_FLAGS } from '../server-flags.ts'
import { readSettings } from '../settings.ts'

const BUSY = 5
const SUFFIXES = ['', '-wal', '-shm', '-journal', '-mark']

const FLAGS = {
  folder: { type: 'positional', description: 'Folder of the backup', required: true },
  replace: {
    type: 'boolean',
    description: 'Move existing files aside, instead of refusing',
    default: false,
  },
  ...STORAGE_FLAGS,
} as const

/** `coterie restore`: replaces the data of a stopped server by a backup. */
export const restore = defineCommand({
  meta: { name: 'restore', description: 'Put a backup back; the server must be stopped' },
  args: FLAGS,
  async run({ args }) {
    const settings = await readSettings({
      flags: readStorageFlags(args, FLAGS),
      environment: process.env,
      folder: process.cwd(),
    })
    const folder = resolve(args.folder)
    const parts = await readManifest(folder)
    const targets = parts.map((part) => [part, targetOf(part, databasePaths(settings))] as const)
    for (const [, path] of targets) refuseInTheWay(path, args.replace)
    const aside = `.before-${new Date().toISOString().replaceAll(':', '-')}`
    for (const [part, path] of targets) {
      const moved = moveAside(path, aside)
      putInPlace(join(folder, PARTS[part]), path)
      process.stdout.write(`${join(folder, PARTS[part])} → ${path}\n`)
      if (moved) process.stdout.write(`the earlier file is now ${path}${aside}\n`)
    }
    process.stdout.write('all channels begin a new epoch at the next start\n')
  },
})

function targetOf(part: Part, paths: Partial<Record<Part, string>>): string {
  const path = paths[part]
  if (path !== undefined) return path
  throw new ConfigError(`the backup has a file for the ${part}, and this server keeps it elsewhere`)
}

function refuseInTheWay(path: string, mayReplace: boolean): void {
  if (!SUFFIXES.some((suffix) => existsSync(`${path}${suffix}`))) return
  if (!mayReplace) {
    throw new ConfigError(`${path} exists already; move it, or let --replace move it aside`)
  }
  if (isOpen(path)) throw new ConfigError(`a server is using ${path}; stop it first`)
}

// A damaged database that cannot be opened here is not open elsewhere either.
function isOpen(path: string): boolean {
  if (!existsSync(path)) return false
  const sqlite = loadSqlite()
  let database: DatabaseSync | undefined
  try {
    database = new sqlite.DatabaseSync(path, { timeout: 0 })
    // This check leaves no side files.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema')
    return false
  } catch (error) {
    return (error as { errcode?: unknown }).errcode === BUSY
  } finally {
    database?.close()
  }
}

function moveAside(path: string, aside: string): boolean {
  let hasMoved = false
  for (const suffix of SUFFIXES) {
    if (!existsSync(`${path}${suffix}`)) continue
    renameSync(`${path}${suffix}`, `${path}${aside}${suffix}`)
    hasMoved = true
  }
  return hasMoved
}

// Without its mark file the engine recognises a copy and begins new epochs.
function putInPlace(from: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const part = `${path}.part`
  removeDatabase(part)
  copyFileSync(from, part)
  sync(part)
  renameSync(part, path)
}
