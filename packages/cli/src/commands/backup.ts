import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError } from '@coterie/server'
import { verifyDatabase } from '@coterie/server/command'
import { defineCommand } from 'citty'
import { copyDatabase } from '../backup/copy-database.ts'
import { databasePaths, leftOut, partsOf } from '../backup/database-paths.ts'
import { PARTS, type Part, writeManifest } from '../backup/manifest.ts'
import { readStorageFlags, STORAGE_FLAGS } from '../server-flags.ts'
import { readSettings } from '../settings.ts'

const FLAGS = {
  folder: {
    type: 'positional',
    description: 'Folder to make the backup in; new, or empty',
    required: true,
  },
  ...STORAGE_FLAGS,
} as const

/** `coterie backup`: copies the SQLite files, while the server runs or not. */
export const backup = defineCommand({
  meta: { name: 'backup', description: 'Copy the data of a server, running or not' },
  args: FLAGS,
  async run({ args }) {
    const settings = await readSettings({
      flags: readStorageFlags(args, FLAGS),
      environment: process.env,
      folder: process.cwd(),
    })
    const folder = resolve(args.folder)
    if (existsSync(folder) && readdirSync(folder).length > 0) {
      throw new ConfigError(`${folder} is not empty; name a new folder for each backup`)
    }
    const paths = partsOf(databasePaths(settings))
    const found = paths.filter(([, path]) => existsSync(path))
    if (found.length === 0) {
      const looked = paths.map(([, path]) => path).join(', ')
      throw new ConfigError(`there is nothing to back up at ${looked}; see --data-dir`)
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const parts: Part[] = []
    for (const [part, path] of found) {
      await copyDatabase(path, join(folder, PARTS[part]), (copy) => verifyDatabase(part, copy))
      parts.push(part)
      process.stdout.write(`${path} → ${join(folder, PARTS[part])}\n`)
    }
    await writeManifest(folder, parts)
    for (const [part, path] of paths) {
      if (parts.includes(part)) continue
      process.stdout.write(
        `not in the backup: the ${part}, which is not at ${path}; see --${part}\n`,
      )
    }
    for (const note of leftOut(settings)) process.stdout.write(`not in the backup: ${note}\n`)
  },
})
