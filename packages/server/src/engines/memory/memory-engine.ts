import { checkOption, checkOptionsObject, formatUuidV7, RealtimeError } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, EngineListener } from '../../ports/engine.ts'
import type { Random } from '../../ports/random.ts'
import { systemClock } from '../../system/system-clock.ts'
import { systemRandom } from '../../system/system-random.ts'
import { checkMeans } from '../check-means.ts'
import { MEMORY_LEASE_MS, MemoryBackplane } from './memory-backplane.ts'

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
  const joined = new Set<string>()
  let listener: EngineListener | undefined
  let isClosed = false
  const open = (): MemoryBackplane => {
    if (isClosed) throw new RealtimeError('unavailable', 'the engine is closed')
    return backplane
  }

  return {
    capabilities: { durable: false, clustered: false, sequenced: true, leaseMs: MEMORY_LEASE_MS },

    async start(given) {
      listener = given
      isClosed = false
      backplane.attach(given)
    },
    append: async (channel, event, options) => open().append(channel, event, options),
    release: async (channel, upTo) => open().release(channel, upTo),
    read: async (channel, options) => open().read(channel, options),
    readPattern: async (pattern, options) => open().readPattern(pattern, options),
    change: async (channel, map, changes, options) =>
      open().change(channel, map, changes, options, node),
    entries: async (channel, map) => open().entries(channel, map),

    // One process hears everything it appends: joining only keeps what is empty from being forgotten.
    async join(pattern) {
      if (!joined.has(pattern)) backplane.join(pattern)
      joined.add(pattern)
    },
    async leave(pattern) {
      if (joined.delete(pattern)) backplane.leave(pattern)
    },
    async health() {},

    async close() {
      if (listener) backplane.detach(listener, node)
      for (const pattern of joined) backplane.leave(pattern)
      joined.clear()
      listener = undefined
      isClosed = true
    },
  }
}
