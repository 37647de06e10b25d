import { resolve } from 'node:path'
import { ConfigError } from '@coterie/server'

const MAX_PORT = 65_535

/** What the environment says about where to serve. */
export interface Settings {
  readonly port: number
  readonly host: string
  readonly dataDir: string
}

/**
 * Reads `PORT`, `HOST` and `COTERIE_DATA_DIR`; an empty one counts as not set.
 *
 * @throws {ConfigError} for an invalid port
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const { PORT, HOST, COTERIE_DATA_DIR } = environment
  return {
    port: readPort(PORT || '8080'),
    host: HOST || '127.0.0.1',
    dataDir: resolve(COTERIE_DATA_DIR || '.coterie'),
  }
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > MAX_PORT) {
    throw new ConfigError(
      `PORT is ${JSON.stringify(text)}: expected a whole number from 0 to ${MAX_PORT} (0 takes any free port)`,
    )
  }
  return port
}
