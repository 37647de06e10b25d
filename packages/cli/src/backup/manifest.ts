import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ConfigError } from '@coterie/server'
import { z } from 'zod'
import { sync } from './copy-database.ts'

/** The file names of the databases in a backup. */
export const PARTS = { engine: 'engine.sqlite', store: 'store.sqlite' } as const

/** One of the databases of a server. */
export type Part = keyof typeof PARTS

const NAME = 'backup.json'

const manifest = z.strictObject({
  format: z.literal(1),
  created_at: z.string(),
  files: z.partialRecord(z.enum(['engine', 'store']), z.string()),
})

/** Writes the manifest of a backup. */
export async function writeManifest(folder: string, parts: readonly Part[]): Promise<void> {
  const files: Partial<Record<Part, string>> = {}
  for (const part of parts) files[part] = await digestOf(join(folder, PARTS[part]))
  const content: z.infer<typeof manifest> = {
    format: 1,
    created_at: new Date().toISOString(),
    files,
  }
  const path = join(folder, NAME)
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  sync(path)
}

/**
 * Returns the contents of a backup after verifying every file of it.
 *
 * @throws {ConfigError} saying what is wrong
 */
export async function readManifest(folder: string): Promise<readonly Part[]> {
  const path = join(folder, NAME)
  if (!existsSync(path)) throw new ConfigError(`${folder} is not a backup: it has no ${NAME}`)
  const read = manifest.safeParse(parse(readFileSync(path, 'utf8')))
  if (!read.success)
    throw new ConfigError(`${path} was made by another release: ${read.error.message}`)
  const parts: Part[] = []
  for (const part of ['engine', 'store'] as const) {
    const expected = read.data.files[part]
    if (expected === undefined) continue
    const file = join(folder, PARTS[part])
    if (!existsSync(file)) throw new ConfigError(`the backup is incomplete: ${file} is missing`)
    if ((await digestOf(file)) !== expected) {
      throw new ConfigError(`${file} has changed since the backup; use another backup`)
    }
    parts.push(part)
  }
  return parts
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
