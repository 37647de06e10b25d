import type { Access } from '../../core/access.ts'
import type { Feature } from '../../core/feature.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { PayloadCheck } from '../../core/payload-check.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { ServerState } from './server-state.ts'
import { StateFeature } from './state.ts'
import { type StateBounds, StateWriter } from './state-writer.ts'

/** The parts of the hub that shared state needs. */
export interface StateParts {
  readonly engine: Engine
  readonly access: Access
  readonly clock: Clock
  readonly logger: Logger
  /** Names this node among those of the cluster. */
  readonly node: string
  readonly bounds: StateBounds
  readonly check: PayloadCheck
  readonly limits: Pick<Limits, 'answers'>
  /** Resolves when the engine can be asked. */
  readonly started: () => Promise<void>
}

/** Makes shared state: for the application, and for those who are in a channel. */
export function createState(parts: StateParts): { server: ServerState; feature: Feature } {
  const { engine, access, bounds, check, limits, clock, logger, node, started } = parts
  const writer = new StateWriter(engine, bounds, check)
  return {
    server: new ServerState(engine, access, writer, limits, started),
    feature: new StateFeature({ engine, access, clock, logger, node, writer }),
  }
}
