import { ConfigError } from '../config/check-config.ts'
import { isWithin } from './data-dir.ts'
import type { StorageOptions } from './storage-options.ts'
import type { EngineSetting, StorageSetting, StoreSetting } from './storage-setting.ts'

/** Where a part is kept, as seen from the data directory. */
type Place = 'inside' | 'a file elsewhere' | 'memory' | 'its own'

/**
 * Refuses options of which one makes another meaningless. Whoever names a data
 * directory expects to find everything in it after a restart.
 *
 * @throws {ConfigError} naming both
 */
export function refuseContradictions(options: StorageOptions, setting: StorageSetting): void {
  const { dataDir, durability } = options
  const hasFile = setting.engine.kind === 'sqlite' || setting.store.kind === 'sqlite'
  if (durability !== undefined && !hasFile) {
    throw new ConfigError(
      `durability is "${durability}", but no file is named: expected dataDir or "sqlite:<path>" beside it`,
    )
  }
  if (dataDir === undefined) return
  const { engine, store } = options
  const isEngineKept = typeof engine !== 'object' || engine.capabilities.durable
  const places = {
    engine: placeOf(dataDir, typeof engine === 'object', setting.engine, isEngineKept),
    store: placeOf(dataDir, typeof store === 'object', setting.store),
  }
  const shown = JSON.stringify(dataDir)
  for (const [part, place] of Object.entries(places)) {
    if (place === 'inside' || place === 'its own') continue
    throw new ConfigError(
      `dataDir is ${shown}, but the ${part} is kept in ${place}: give one of ${part} and dataDir`,
    )
  }
  if (places.engine === 'its own' && places.store === 'its own') {
    throw new ConfigError(
      `dataDir is ${shown}, but engine and store are both given: nothing would be kept there`,
    )
  }
}

function placeOf(
  dataDir: string,
  isObject: boolean,
  setting: EngineSetting | StoreSetting,
  isKept = true,
): Place {
  if (!isKept) return 'memory'
  if (isObject || setting.kind === 'postgres') return 'its own'
  if (setting.kind === 'memory' || setting.path === ':memory:') return 'memory'
  return isWithin(dataDir, setting.path) ? 'inside' : 'a file elsewhere'
}
