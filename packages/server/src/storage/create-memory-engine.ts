import { checkOption, checkOptionsObject, formatUuidV7 } from '@coterie/protocol'
import { guardEngine } from '../engines/guard-engine.ts'
import { MemoryBackplane } from '../engines/memory/memory-backplane.ts'
import { MemoryEngine } from '../engines/memory/memory-engine.ts'
import type { Clock } from '../ports/clock.ts'
import type { Engine } from '../ports/engine.ts'
import type { Random } from '../ports/random.ts'
import { consoleLogger } from '../system/console-logger.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { checkMeans } from './check-means.ts'

/** Options of the memory engine. */
export interface MemoryEngineOptions {
  readonly clock?: Clock
  readonly random?: Random
  /** Shares logs and maps with the other hubs of this process that name the same one. */
  readonly backplane?: MemoryBackplane
}

/**
 * Makes an engine that keeps everything in memory until the process ends.
 *
 * @throws {TypeError} for a bad option, naming it
 */
export function createMemoryEngine(options: MemoryEngineOptions = {}): Engine {
  checkOptionsObject('createMemoryEngine', options)
  checkMeans(options)
  const { clock = systemClock, random = systemRandom } = options
  const { backplane = new MemoryBackplane(clock, random) } = options
  const isBackplane = backplane instanceof MemoryBackplane
  checkOption('backplane', backplane, isBackplane, 'a MemoryBackplane')
  const node = formatUuidV7(clock.now(), random.bytes(10))
  return guardEngine(new MemoryEngine(backplane, node), consoleLogger)
}
