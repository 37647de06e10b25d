import type { ChannelContract } from '@coterie/protocol'
import type { Definitions } from '../../core/definitions.ts'
import type { Ids } from '../../core/ids.ts'
import type { Interest } from '../../core/interest.ts'
import type { Publisher } from '../../core/publisher.ts'
import type { ServerPublisher } from '../../core/server-publisher.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { TriggerRepository } from '../../ports/trigger-repository.ts'
import { DeadLetters } from './durable/dead-letters.ts'
import { DurableTriggers } from './durable/durable-triggers.ts'
import { EventTriggers } from './event-triggers.ts'
import { RecentReplies } from './recent-replies.ts'
import { TriggerRegistry } from './trigger-registry.ts'
import { TriggerRunner } from './trigger-runner.ts'
import { Triggers } from './triggers.ts'
import { WaitingLimit } from './waiting-limit.ts'

/** What bounds triggers. */
export interface TriggerBounds {
  /** How long a handler may take that says nothing else, in ms. */
  readonly timeoutMs: number
  /** Events of one connection that may wait for their triggers. */
  readonly maxWaiting: number
  /** How long a durable trigger stays with a node that has died, in ms. */
  readonly leaseMs: number
}

/** The parts of the hub that triggers need. */
export interface CreateTriggersParts {
  readonly engine: Engine
  readonly repository: TriggerRepository
  readonly publisher: Publisher
  readonly serverPublisher: Pick<ServerPublisher, 'publish'>
  readonly definitions: Definitions
  readonly contracts: readonly ChannelContract[]
  readonly interest: Interest
  readonly ids: Ids
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly node: string
  readonly bounds: TriggerBounds
  /** Resolves when engine and store are open. */
  readonly started: () => Promise<void>
}

/** Makes triggers: for the application, and for what clients do. */
export function createTriggers(parts: CreateTriggersParts): {
  readonly triggers: Triggers
  readonly deadLetters: DeadLetters
} {
  const { timeoutMs, maxWaiting, leaseMs } = parts.bounds
  const { engine, repository, publisher, serverPublisher, definitions, contracts } = parts
  const { interest, ids, clock, random, logger, node, started } = parts
  const runner = new TriggerRunner({ clock, logger, serverPublisher })
  const registry = new TriggerRegistry()
  const durable = new DurableTriggers({
    engine,
    repository,
    definitions,
    interest,
    runner,
    leaseMs,
    clock,
    random,
    logger,
    node,
  })
  const recent = new RecentReplies(clock)
  const waiting = new WaitingLimit(maxWaiting)
  const events = new EventTriggers({ registry, runner, publisher, recent, ids, waiting })
  return {
    triggers: new Triggers({
      registry,
      events,
      runner,
      durable,
      waiting,
      contracts,
      timeoutMs,
    }),
    deadLetters: new DeadLetters({ repository, triggers: durable, clock, started }),
  }
}
