import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { ConfigError } from '../config/check-config.ts'

/**
 * Checks that a folder for data exists or can be made, without making it.
 *
 * @throws {ConfigError} when it cannot hold files
 */
export function checkDataDir(dataDir: string): void {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new ConfigError(
      `dataDir is ${JSON.stringify(dataDir)}: ${reason}; expected a folder that this process may write to`,
      cause === undefined ? undefined : { cause },
    )
  }
  const existing = nearestExisting(resolve(dataDir))
  if (!statSync(existing).isDirectory()) refuse(`${existing} is a file`)
  try {
    accessSync(existing, constants.W_OK | constants.X_OK)
  } catch (cause) {
    refuse(`${existing} is not writable`, cause)
  }
}

/** Tells whether a file lies in a folder or below it. */
export function isWithin(dataDir: string, path: string): boolean {
  const way = relative(resolve(dataDir), path)
  return way !== '' && !isAbsolute(way) && !/^\.\.([/\\]|$)/.test(way)
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path))
}
