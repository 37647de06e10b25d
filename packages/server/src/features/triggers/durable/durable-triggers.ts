import { TopicMatcher } from '@coterie/protocol'
import type { Definitions } from '../../../core/definitions.ts'
import type { EventRecord } from '../../../ports/engine.ts'
import {
  type DurableRegistration,
  DurableTrigger,
  type DurableTriggerParts,
} from './durable-trigger.ts'

const NAME = /^[A-Za-z0-9_.:-]{1,100}$/

/** What all durable triggers of a hub need of it. */
export interface DurableTriggersParts extends DurableTriggerParts {
  readonly definitions: Pick<Definitions, 'overlapping'>
}

/** The durable triggers of a hub. */
export class DurableTriggers {
  readonly #parts: DurableTriggersParts
  readonly #byName = new Map<string, DurableTrigger>()
  readonly #byPattern = new TopicMatcher<DurableTrigger>()
  /** Triggers of which the log was told that they miss what no log keeps. */
  readonly #warned = new WeakSet<DurableTrigger>()
  readonly #stopping = new Set<Promise<void>>()
  #state: 'new' | 'running' | 'closed' = 'new'

  constructor(parts: DurableTriggersParts) {
    this.#parts = parts
  }

  /** Adds a trigger; returns what stops it, while the store knows how far it has come. */
  add(registration: DurableRegistration): () => void {
    this.#check(registration)
    const { name, selector } = registration
    const trigger = new DurableTrigger(this.#parts, registration)
    this.#byName.set(name, trigger)
    this.#byPattern.subscribe(selector.pattern, trigger)
    if (this.#state === 'running') {
      // One of the same name may still be stopping, and has the lease under this node's name.
      const free = Promise.all(this.#stopping)
      free
        .then(() => trigger.start())
        .catch((error: unknown) => {
          this.#parts.logger.warn({ trigger: name, error }, 'a trigger starts as soon as it can')
        })
    }
    return () => {
      if (this.#byName.get(name) !== trigger) return
      this.#byName.delete(name)
      this.#byPattern.unsubscribe(selector.pattern, trigger)
      const stopping = trigger.stop().finally(() => this.#stopping.delete(stopping))
      this.#stopping.add(stopping)
    }
  }

  /** Finds a trigger that is registered here. */
  find(name: string): DurableTrigger | undefined {
    return this.#byName.get(name)
  }

  /** Begins with all; resolves when nothing that is published from now on can be missed. */
  async start(): Promise<void> {
    this.#state = 'running'
    await Promise.all([...this.#byName.values()].map((trigger) => trigger.start()))
  }

  /** Wakes the follower of the log that an event belongs to. */
  sawEvent(record: EventRecord): void {
    if (this.#byPattern.isEmpty) return
    for (const trigger of this.#byPattern.matchTopic(record.channel)) {
      // Also for what is not for it: it has to be past that before the log lets go of it.
      if (record.delivery === 'logged') trigger.wake()
      else if (trigger.wants(record)) this.#warn(trigger, record)
    }
  }

  /** Stops all. Repeating it changes nothing. */
  async close(): Promise<void> {
    this.#state = 'closed'
    const stopped = [...this.#byName.values()].map((trigger) => trigger.stop())
    await Promise.all([...stopped, ...this.#stopping])
  }

  #warn(trigger: DurableTrigger, { channel, event, delivery }: EventRecord): void {
    if (this.#warned.has(trigger)) return
    this.#warned.add(trigger)
    const hint = delivery === 'volatile' ? 'it was published as volatile' : 'its channel keeps none'
    this.#parts.logger.warn(
      { trigger: trigger.registration.name, channel, event },
      `a durable trigger misses events that no history keeps: ${hint}`,
    )
  }

  #check({ name, selector, options }: DurableRegistration): void {
    const { engine, definitions } = this.#parts
    if (!NAME.test(name)) {
      throw new TypeError(
        `durable is ${JSON.stringify(name)}: expected 1–100 characters of A–Z a–z 0–9 _ . : -`,
      )
    }
    if (this.#byName.has(name)) {
      throw new TypeError(`durable is "${name}": another trigger has this name`)
    }
    const { attempts = 1 } = options
    if (!Number.isSafeInteger(attempts) || attempts < 1) {
      throw new TypeError(`attempts is ${attempts}: expected a whole number from 1`)
    }
    if (!engine.capabilities.sequenced) {
      throw new TypeError(`${name}: a durable trigger needs an engine that orders all events`)
    }
    if (!definitions.overlapping(selector.pattern).some(({ history }) => history)) {
      throw new TypeError(
        `${name}: no channel that "${selector.pattern}" matches keeps history; declare one with "history"`,
      )
    }
  }
}
