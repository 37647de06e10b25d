import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createSqliteEngine } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { onTestFinished } from 'vitest'
import { appendMany, opened } from './acknowledged-log.ts'

const program = fileURLToPath(new URL('append-process.ts', import.meta.url))

/** Events that were acknowledged before anything happened to the files. */
export const ACKNOWLEDGED = 60
/** The run of the operating system, as long as nothing else is said. */
export const BOOT = 'boot-1'

/** A data folder of an engine, to be spoiled. */
export interface StorageWorld {
  readonly folder: string
  readonly path: string
  /** The epoch that the acknowledged events have. */
  readonly epoch: string
}

/** Makes an engine on a file. */
export function engineOn(path: string, bootId: string = BOOT): Engine {
  return createSqliteEngine({ path, bootId })
}

/** Makes an empty folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-storage-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes events and closes the engine as it should be. */
export async function closedWorld(
  between: (world: StorageWorld) => void | Promise<void> = () => {},
): Promise<StorageWorld> {
  const folder = temporaryFolder()
  const path = join(folder, 'data', 'engine.sqlite')
  const engine = await opened(engineOn(path))
  const [first] = await appendMany(engine, 1, ACKNOWLEDGED)
  await engine.close()
  const world = { folder: join(folder, 'data'), path, epoch: first?.position?.epoch ?? '' }
  await between(world)
  return world
}

/** Goes on writing in a world that was closed, and closes it again. */
export async function writeOn({ path }: StorageWorld, from: number, to: number): Promise<void> {
  const engine = await opened(engineOn(path))
  await appendMany(engine, from, to)
  await engine.close()
}

/** Writes events in a process of its own, and kills it. */
export async function killedWorld(
  whileRunning: (world: StorageWorld) => void = () => {},
): Promise<StorageWorld> {
  const folder = temporaryFolder()
  const path = join(folder, 'data', 'engine.sqlite')
  const world = { folder: join(folder, 'data'), path, epoch: await killed(path, 1, whileRunning) }
  return { ...world, epoch: world.epoch }
}

/** Lets a process append as many events again, kills it, and returns the epoch of the last. */
export async function killed(
  path: string,
  from: number,
  whileRunning: (world: StorageWorld) => void = () => {},
): Promise<string> {
  const to = from + ACKNOWLEDGED - 1
  const args = ['--conditions=coterie-source', program, path, BOOT, String(from), String(to)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  let epoch = ''
  for await (const line of createInterface(child.stdout as NonNullable<ChildProcess['stdout']>)) {
    if (line.startsWith('epoch ')) {
      epoch = line.slice('epoch '.length)
      whileRunning({ folder: join(path, '..'), path, epoch })
      child.kill('SIGKILL')
    }
  }
  await exited
  return epoch
}
