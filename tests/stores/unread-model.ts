import type { NotificationId, NotificationStatus, UserId } from '@coterie/protocol'
import type { NewNotification, Store } from '@coterie/server/store'
import fc from 'fast-check'

export const USERS = ['ada', 'bob', 'cy'] as UserId[]
const START_MS = 1_000_000

/** Something that happens to a store; notifications are named by how many were made before. */
export type Step =
  | {
      readonly kind: 'create'
      readonly users: readonly number[]
      /** The first so many of them get it in app. */
      readonly inApp: number
      readonly lifeMs: number | null
    }
  | { readonly kind: 'deliver' | 'read'; readonly user: number; readonly which: readonly number[] }
  | { readonly kind: 'fail'; readonly user: number; readonly which: number }
  | { readonly kind: 'readAll'; readonly user: number }
  | { readonly kind: 'cancel'; readonly which: number }
  | { readonly kind: 'expire' | 'delete'; readonly limit: number }
  | { readonly kind: 'wait'; readonly ms: number }

const user = fc.nat(USERS.length - 1)
const which = fc.nat(15)
const limit = fc.integer({ min: 1, max: 4 })

/** Steps in an order that somebody may take. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('create' as const),
        users: fc.uniqueArray(user, { minLength: 1 }),
        inApp: fc.integer({ min: 1, max: 3 }),
        lifeMs: fc.option(fc.integer({ min: 1, max: 100 })),
      }),
    },
    fc.record({ kind: fc.constantFrom('deliver', 'read'), user, which: fc.array(which) }),
    fc.record({ kind: fc.constant('fail' as const), user, which }),
    fc.record({ kind: fc.constant('readAll' as const), user }),
    fc.record({ kind: fc.constant('cancel' as const), which }),
    fc.record({ kind: fc.constantFrom('expire', 'delete'), limit }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 50 },
)

interface Kept {
  readonly id: NotificationId
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly statuses: Map<UserId, NotificationStatus>
  readonly inApp: ReadonlySet<UserId>
}

/** A store as simple as can be, beside a real one: what it counts is counted anew each time. */
export class UnreadModel {
  readonly #store: Store
  readonly #kept: Kept[] = []
  #made = 0
  #nowMs = START_MS

  constructor(store: Store) {
    this.#store = store
  }

  /** Wall time in ms. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** What a user has not read. */
  unreadOf(userId: UserId): NotificationId[] {
    const unread = this.#kept.filter((kept) => kept.inApp.has(userId) && this.#isOpen(kept, userId))
    return unread.map(({ id }) => id)
  }

  /** Does the same to both. */
  async take(step: Step): Promise<void> {
    const { notifications } = this.#store
    switch (step.kind) {
      case 'wait':
        this.#nowMs += step.ms
        return
      case 'create':
        return this.#create(step)
      case 'deliver':
      case 'read': {
        const userId = USERS[step.user] as UserId
        const mark = step.kind === 'read' ? 'markRead' : 'markDelivered'
        await notifications[mark](userId, step.which.map(idOf), this.#nowMs)
        for (const kept of this.#named(step.which)) this.#mark(kept, userId, step.kind)
        return
      }
      case 'fail': {
        const userId = USERS[step.user] as UserId
        await notifications.markFailed(userId, idOf(step.which))
        const [kept] = this.#named([step.which])
        if (kept?.statuses.get(userId) === 'pending') kept.statuses.set(userId, 'failed')
        return
      }
      case 'readAll': {
        const userId = USERS[step.user] as UserId
        await notifications.markAllRead(userId, this.#nowMs)
        for (const kept of this.#kept) if (kept.inApp.has(userId)) this.#mark(kept, userId, 'read')
        return
      }
      case 'cancel':
        await notifications.cancel(idOf(step.which), this.#nowMs)
        for (const kept of this.#named([step.which])) {
          for (const userId of USERS) {
            if (this.#isOpen(kept, userId)) kept.statuses.set(userId, 'canceled')
          }
        }
        return
      case 'expire':
        // What it marks was not counted any more.
        await notifications.expireDue(this.#nowMs, step.limit)
        return
      case 'delete':
        await notifications.deleteCreatedBefore(this.#nowMs - 50, step.limit)
        for (let count = 0; count < step.limit; count += 1) {
          if ((this.#kept[0]?.createdAtMs ?? this.#nowMs) < this.#nowMs - 50) this.#kept.shift()
        }
    }
  }

  async #create({ users, inApp, lifeMs }: Step & { kind: 'create' }): Promise<void> {
    const userIds = users.map((index) => USERS[index] as UserId)
    const expiresAtMs = lifeMs === null ? null : this.#nowMs + lifeMs
    const notification: NewNotification = {
      id: idOf(this.#made),
      title: 'title',
      message: 'message',
      type: 'system',
      priority: 'normal',
      senderId: null,
      resourceType: null,
      resourceId: null,
      actions: [],
      metadata: {},
      channels: null,
      createdAtMs: this.#nowMs,
      expiresAtMs,
      recipients: userIds.map((userId, index) => ({
        userId,
        isInApp: index < inApp,
        heldUntilMs: null,
        deliveries: [],
      })),
    }
    this.#made += 1
    const created = await this.#store.notifications.create(notification)
    if (!created.ok) throw created.error
    this.#kept.push({
      id: notification.id,
      createdAtMs: this.#nowMs,
      expiresAtMs: expiresAtMs ?? Number.POSITIVE_INFINITY,
      statuses: new Map(userIds.map((userId) => [userId, 'pending'])),
      inApp: new Set(userIds.slice(0, inApp)),
    })
  }

  #mark(kept: Kept, userId: UserId, kind: 'deliver' | 'read'): void {
    if (!this.#isOpen(kept, userId)) return
    if (kind === 'read') kept.statuses.set(userId, 'read')
    else if (kept.statuses.get(userId) === 'pending') kept.statuses.set(userId, 'delivered')
  }

  #isOpen(kept: Kept, userId: UserId): boolean {
    const status = kept.statuses.get(userId)
    return (status === 'pending' || status === 'delivered') && kept.expiresAtMs > this.#nowMs
  }

  #named(which: readonly number[]): Kept[] {
    const ids = new Set(which.map(idOf))
    return this.#kept.filter(({ id }) => ids.has(id))
  }
}

function idOf(index: number): NotificationId {
  return `n${index}` as NotificationId
}
