import type { UserId } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { ClaimedDelivery } from '../../ports/delivery-repository.ts'
import type { NewRecipient, Planner, RecipientState } from '../../ports/notification-repository.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import type { Store } from '../../ports/store.ts'
import { isExpired } from './notification.ts'
import type { RecipientPlanner } from './planner.ts'

/** Notifications that are planned anew in one transaction. */
const BATCH = 200

/** The parts of the hub that planning anew needs. */
export interface WaitingPlansParts {
  readonly store: Pick<Store, 'notifications' | 'preferences'>
  readonly planner: RecipientPlanner
  readonly clock: Clock
  /** Called when something may have become due. */
  onDue(): void
}

/** The preferences that users had when something was planned for them. */
export type KnownPreferences = ReadonlyMap<UserId, NotificationPreferences>

/**
 * Keeps what waits in step with what users want: e-mail and webhooks that are
 * not sent yet, and pushes that are held.
 */
export class WaitingPlans {
  readonly #parts: WaitingPlansParts
  readonly #running = new Map<UserId, Promise<number>>()
  readonly #next = new Map<UserId, Promise<number>>()

  constructor(parts: WaitingPlansParts) {
    this.#parts = parts
  }

  /**
   * Plans anew all that waits for a user, by the preferences that are stored.
   * Calls that come while one is under way share the one after it.
   *
   * @returns how many notifications waited
   */
  replan(userId: UserId): Promise<number> {
    const running = this.#running.get(userId)
    if (!running) return this.#begin(userId)
    let next = this.#next.get(userId)
    if (!next) {
      const begin = (): Promise<number> => {
        this.#next.delete(userId)
        return this.#begin(userId)
      }
      next = running.then(begin, begin)
      this.#next.set(userId, next)
    }
    return next
  }

  /** Plans anew for those users whose preferences are no longer what they were. */
  async replanChanged(known: KnownPreferences, userIds: readonly UserId[]): Promise<void> {
    if (userIds.length === 0) return
    const current = await this.#parts.store.preferences.find(userIds)
    for (const userId of userIds) {
      const [before, now] = [known.get(userId), current.get(userId)]
      if (JSON.stringify(before) !== JSON.stringify(now)) await this.replan(userId)
    }
  }

  /**
   * Decides which of the deliveries that are due are sent now; the others are
   * planned anew. Only one who has claimed them may ask.
   */
  async review(claimed: readonly ClaimedDelivery[]): Promise<readonly ClaimedDelivery[]> {
    if (claimed.length === 0) return claimed
    const { store, clock } = this.#parts
    const nowMs = clock.now()
    const preferences = await store.preferences.find([...new Set(claimed.map(userOf))])
    const entries = claimed.map(({ userId, notificationId: id }) => ({ userId, id }))
    const states = new Map<string, RecipientState>()
    for (const state of await store.notifications.states(entries, nowMs)) {
      states.set(keyOf(state.userId, state.id), state)
    }
    const ready: ClaimedDelivery[] = []
    for (const delivery of claimed) {
      const { userId, notificationId, notification, route } = delivery
      const plan = this.#parts.planner.again(preferences.get(userId))
      const state = states.get(keyOf(userId, notificationId))
      const isAsPlanned =
        state && isDue(delivery, plan(notification, state, [route]).recipient, nowMs)
      // What has expired is given up by whoever sends it.
      if (!state || isAsPlanned || isExpired(notification, nowMs)) ready.push(delivery)
      else await this.#planAgain(delivery, plan, nowMs)
    }
    if (ready.length < claimed.length) this.#parts.onDue()
    return ready
  }

  #begin(userId: UserId): Promise<number> {
    const run = this.#replan(userId).finally(() => {
      if (this.#running.get(userId) === run) this.#running.delete(userId)
    })
    this.#running.set(userId, run)
    return run
  }

  async #replan(userId: UserId): Promise<number> {
    const { store, planner, clock } = this.#parts
    const nowMs = clock.now()
    const preferences = await store.preferences.find([userId])
    const plan = planner.again(preferences.get(userId))
    let count = 0
    let after: number | undefined = 0
    while (after !== undefined) {
      const query = { nowMs, after, limit: BATCH }
      const done = await store.notifications.replan(userId, plan, query)
      count += done.count
      after = done.next
    }
    if (count > 0) this.#parts.onDue()
    return count
  }

  async #planAgain(
    { id, userId, notificationId }: ClaimedDelivery,
    plan: Planner,
    nowMs: number,
  ): Promise<void> {
    const query = { nowMs, limit: 1, id: notificationId, claimed: [id] }
    await this.#parts.store.notifications.replan(userId, plan, query)
  }
}

function isDue({ route, target }: ClaimedDelivery, plan: NewRecipient, nowMs: number): boolean {
  return plan.deliveries.some(
    (planned) => planned.route === route && planned.target === target && planned.dueAtMs <= nowMs,
  )
}

function userOf({ userId }: ClaimedDelivery): UserId {
  return userId
}

function keyOf(userId: string, id: string): string {
  return JSON.stringify([userId, id])
}
