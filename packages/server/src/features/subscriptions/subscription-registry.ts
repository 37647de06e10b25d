import type { SubscriptionId } from '@coterie/protocol'
import { createFilterFigures } from '../../core/filter-figures.ts'
import type { Ids } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, JsonText } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type {
  StoredSubscription,
  SubscriptionRepository,
} from '../../ports/subscription-repository.ts'
import { FILTER_BOUNDS } from './filtered-event.ts'
import { SpentFilters } from './spent-filters.ts'
import { SubscriptionIndex } from './subscription-index.ts'
import { routeOf } from './subscription-request.ts'
import type { TopicInterest } from './topic-interest.ts'
import type { UntilDone } from './until-done.ts'

/** The channel on which nodes tell one another of subscriptions; no client can be in it. */
export const SUBSCRIPTIONS_CHANNEL = '$subscriptions'
/** The event under which nodes tell one another that subscriptions have changed. */
export const CHANGE_EVENT = 'coterie.subscriptions_changed'
const PAGE = 1_000

/** What changed: whether it may route events still is found in the store. */
interface Change {
  readonly ids: readonly SubscriptionId[]
  /** False where they route nothing from now on. */
  readonly is_active: boolean
}

/** The parts of the hub that the registry needs. */
export interface SubscriptionRegistryParts {
  readonly repository: SubscriptionRepository
  readonly engine: Engine
  readonly topics: TopicInterest
  /** Told of the wall time in ms at which one that is active ends. */
  readonly onExpiring: (dueMs: number) => void
  readonly untilDone: UntilDone
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  /** Bytes of filters that a user's active subscriptions may have. */
  readonly maxFilterBytes: number
}

/**
 * The active subscriptions of all users, as this node knows them.
 *
 * A change is told to every node, which reads it from the store: whatever
 * order changes are heard in, what was read after the last one is right.
 */
export class SubscriptionRegistry {
  /** All that are active. */
  readonly index: SubscriptionIndex
  /** Those of them that ask for notifications. */
  readonly notifying: SubscriptionIndex
  /** What their filters did. */
  readonly figures = createFilterFigures()
  readonly #parts: SubscriptionRegistryParts
  /** Those being read; true where they changed meanwhile. */
  readonly #reading = new Map<SubscriptionId, boolean>()
  /** Those that changed while all were being loaded. */
  #changedMeanwhile: Set<SubscriptionId> | undefined
  #isLoaded = false

  constructor(parts: SubscriptionRegistryParts) {
    this.#parts = parts
    const spent = new SpentFilters(parts)
    const onSpent = spent.note.bind(spent)
    this.index = new SubscriptionIndex(this.figures, FILTER_BOUNDS, onSpent)
    this.notifying = new SubscriptionIndex(this.figures, FILTER_BOUNDS, onSpent)
  }

  /** True once all that are active are known. */
  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** Loads all that are active; changes are heard by then. */
  async start(): Promise<void> {
    const { repository, clock } = this.#parts
    const changed = new Set<SubscriptionId>()
    this.#changedMeanwhile = changed
    for (let after: SubscriptionId | undefined; ; ) {
      const page = await repository.active(after, PAGE, clock.now())
      // What changed meanwhile was read, or is being read, by itself.
      for (const stored of page) if (!changed.has(stored.id)) this.#set(stored)
      after = page.at(-1)?.id
      if (page.length < PAGE) break
    }
    this.#changedMeanwhile = undefined
    this.#isLoaded = true
    this.#tellExcess()
  }

  /** Takes what was just stored, and tells every node. */
  async changed(stored: StoredSubscription): Promise<void> {
    this.#set(stored)
    const joined = stored.topic === null ? undefined : this.#parts.topics.joined(stored.topic)
    await Promise.all([joined, this.#tell([stored.id], stored.status === 'active')])
  }

  /** Forgets what routes nothing any more, and tells every node. */
  async ended(ids: readonly SubscriptionId[]): Promise<void> {
    for (const id of ids) this.#remove(id)
    await this.#tell(ids, false)
  }

  /** Takes what a node told. */
  receive(payload: JsonText): void {
    const { ids, is_active: isActive } = JSON.parse(payload) as Change
    for (const id of ids) {
      if (!isActive) this.#remove(id)
      this.#changedMeanwhile?.add(id)
      this.#read(id).catch((error: unknown) => {
        this.#parts.logger.error({ error, id }, 'a change of a subscription could not be read')
      })
    }
  }

  // What was stored under other bounds goes on.
  #tellExcess(): void {
    const { maxFilterBytes, logger } = this.#parts
    const users = this.index.filterBytes.usersBeyond(maxFilterBytes)
    if (users.length === 0) return
    const fields = { users: users.length, user_ids: users.slice(0, 10), bytes: maxFilterBytes }
    logger.warn(fields, 'users have more bytes of stored filters than limits.filterBytesPerUser')
  }

  async #tell(ids: readonly SubscriptionId[], isActive: boolean): Promise<void> {
    if (ids.length === 0) return
    const { engine, clock, untilDone } = this.#parts
    const change: Change = { ids, is_active: isActive }
    await untilDone.run('other nodes do not know yet that subscriptions changed', () =>
      engine.append(
        SUBSCRIPTIONS_CHANNEL,
        {
          id: this.#parts.ids.event(),
          event: CHANGE_EVENT,
          payload: JSON.stringify(change) as JsonText,
          from: null,
          timestampMs: clock.now(),
        },
        {},
      ),
    )
  }

  async #read(id: SubscriptionId): Promise<void> {
    if (this.#reading.has(id)) {
      this.#reading.set(id, true)
      return
    }
    const { repository, untilDone } = this.#parts
    await untilDone.run('a subscription that changed could not be read yet', async () => {
      try {
        do {
          this.#reading.set(id, false)
          const stored = await repository.find(id)
          if (this.#reading.get(id)) continue
          if (stored) this.#set(stored)
          else this.#remove(id)
        } while (this.#reading.get(id))
      } finally {
        this.#reading.delete(id)
      }
    })
  }

  #set(stored: StoredSubscription): void {
    const before = this.index.find(stored.id)
    this.index.set(stored)
    if (stored.expiresAtMs !== null) this.#parts.onExpiring(stored.expiresAtMs)
    if (routeOf(stored)) this.notifying.set(stored)
    this.#follow(before?.topic)
    this.#follow(stored.topic)
  }

  #remove(id: SubscriptionId): void {
    const topic = this.index.find(id)?.topic
    this.index.remove(id)
    this.notifying.remove(id)
    this.#follow(topic)
  }

  #follow(topic: string | null | undefined): void {
    if (topic != null) this.#parts.topics.set(topic, this.index.hasTopic(topic))
  }
}
