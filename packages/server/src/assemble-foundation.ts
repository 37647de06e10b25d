import type { ResolvedConfig } from './config/config.ts'
import { createDeliveryFigures, type DeliveryFigures } from './core/delivery-figures.ts'
import { Ids } from './core/ids.ts'
import { Limits } from './core/limits/limits.ts'
import { createTrafficFigures, type TrafficFigures } from './core/traffic-figures.ts'
import { UserTurns } from './core/user-turns.ts'
import type { HubOptions } from './hub-options.ts'
import type { Clock } from './ports/clock.ts'
import type { Engine } from './ports/engine.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import type { Store } from './ports/store.ts'
import { chooseStorage } from './storage/choose-storage.ts'
import { consoleLogger } from './system/console-logger.ts'
import { systemClock } from './system/system-clock.ts'
import { systemRandom } from './system/system-random.ts'

const NODE_BYTES = 9

/** What all parts of a hub stand on. */
export interface Foundation {
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly ids: Ids
  /** What bounds addresses and users. */
  readonly limits: Limits
  /** Lets users take turns in being served. */
  readonly turns: UserTurns
  readonly traffic: TrafficFigures
  readonly deliveryFigures: DeliveryFigures
  /** Names this life of this node among those that share the engine. */
  readonly node: string
}

/** Takes from the options what they bring, and makes the rest. Opens nothing. */
export function createFoundation(options: HubOptions, config: ResolvedConfig): Foundation {
  const { clock = systemClock, random = systemRandom, logger = consoleLogger } = options
  const { engine, store } = chooseStorage(options, { clock, random, logger })
  return {
    engine,
    store,
    clock,
    random,
    logger,
    ids: new Ids(clock, random),
    limits: new Limits(config.abuseLimits, clock),
    turns: new UserTurns(clock),
    traffic: createTrafficFigures(),
    deliveryFigures: createDeliveryFigures(),
    node: Buffer.from(random.bytes(NODE_BYTES)).toString('hex'),
  }
}
