import {
  type NotificationId,
  type NotificationStatus,
  ok,
  type Result,
  refuse,
  type UserId,
} from '@coterie/protocol'
import { attempt } from '../../core/attempt.ts'
import { refuseField } from '../../core/field-problem.ts'
import type { Ids } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DeliveryQuery, StoredDelivery } from '../../ports/delivery-repository.ts'
import type { Logger } from '../../ports/logger.ts'
import type {
  NewNotification,
  NewRecipient,
  NotificationContent,
  RecipientState,
} from '../../ports/notification-repository.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import type { Principal } from '../../ports/principal.ts'
import type { Store } from '../../ports/store.ts'
import type { DeliveryWorker } from './deliveries/delivery-worker.ts'
import type { InboxSignals } from './inbox-signals.ts'
import { describePayload, isExpired, LISTED, Notification } from './notification.ts'
import type { NotificationRequest } from './notification-request.ts'
import { draftNotification } from './notification-request.ts'
import type {
  MarkAllReadOptions,
  NotificationListQuery,
  NotificationService,
  Page,
  RecipientListQuery,
} from './notification-service.ts'
import type { NotificationSweeps } from './notification-sweeps.ts'
import type { RecipientPlanner } from './planner.ts'
import { findUpTo, type UpTo } from './read-up-to.ts'
import { removalSignals } from './removed-entries.ts'
import { fingerprintOf } from './request-fingerprint.ts'
import type { UserPreferences } from './user-preferences.ts'
import type { KnownPreferences, WaitingPlans } from './waiting-plans.ts'

/** How long an idempotency key is remembered, in ms. */
const KEY_RETENTION_MS = 86_400_000
const MAX_PAGE_SIZE = 100
const DEFAULT_PAGE_SIZE = 20
const MAX_DELIVERIES = 100
/** Notifications that one signal names. */
const MAX_NAMED = 1_000
const MAX_RECIPIENTS_PAGE = 1_000

/** What notifying users needs of the hub. */
export interface NotificationsParts {
  readonly store: Store
  readonly signals: InboxSignals
  readonly sweeps: NotificationSweeps
  readonly worker: DeliveryWorker
  readonly planner: RecipientPlanner
  readonly waiting: WaitingPlans
  readonly preferences: UserPreferences
  /** Notifications in app that a user keeps; 0 for any number. */
  readonly maxPerUser: number
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  /** Resolves when store and engine are open. */
  readonly started: () => Promise<void>
}

/** Notifies users: stored first, then pushed to every device on every node. */
export class Notifications implements NotificationService {
  readonly #parts: NotificationsParts

  constructor(parts: NotificationsParts) {
    this.#parts = parts
  }

  create(request: NotificationRequest): Promise<Result<Notification>> {
    return this.#served(async () => {
      const { clock, ids, store, signals, maxPerUser } = this.#parts
      const nowMs = clock.now()
      const drafted = draftNotification(request)
      if (!drafted.ok) return drafted
      const { recipients } = drafted.value
      const id = ids.event() as string as NotificationId
      const content = { ...drafted.value.content, id, createdAtMs: nowMs }
      const { plans, known } = await this.#plan(content, recipients)
      const { idempotencyKey: key } = request
      const created = await store.notifications.create({
        ...content,
        recipients: plans,
        maxPerUser: maxPerUser === 0 ? undefined : maxPerUser,
        idempotencyKey:
          key === undefined
            ? undefined
            : {
                scope: 'notifications',
                key,
                ...fingerprintOf(drafted.value),
                expiresAtMs: nowMs + KEY_RETENTION_MS,
              },
      })
      if (!created.ok) return created
      if (created.value.isDuplicate) return this.#find(created.value.id)
      const notification = newNotification(content, plans, nowMs, clock)
      if (!isExpired(content, nowMs)) {
        await this.#announce(content, plans, created.value.sequence)
        await this.#parts.waiting.replanChanged(known, waitingUsers(plans, nowMs))
      }
      for (const signal of removalSignals(created.value.removed ?? [])) {
        await this.#tell(() => signals.send(signal))
      }
      return ok(notification)
    })
  }

  createNotification(request: NotificationRequest): Promise<Result<Notification>> {
    return this.create(request)
  }

  find(id: string, userId?: string): Promise<Result<Notification>> {
    return this.#served(() => this.#find(id, userId))
  }

  list(query: NotificationListQuery): Promise<Result<Page<Notification>>> {
    return this.#served(async () => {
      const { store, clock } = this.#parts
      const { page = 1, pageSize = DEFAULT_PAGE_SIZE, cursor, userId, recipients, ...rest } = query
      const limit = Math.min(MAX_PAGE_SIZE, pageSize)
      if (!isCount(page)) return refuseField('page: expected a whole number from 1')
      if (!isCount(pageSize)) {
        return refuseField(`page_size: expected 1–${MAX_PAGE_SIZE}`)
      }
      const before = cursor === undefined ? undefined : Number(cursor)
      if (before !== undefined && !isCount(before)) {
        return refuseField('cursor: expected one that a page before returned')
      }
      const found = await store.notifications.list(
        {
          ...rest,
          userId: userId as UserId,
          // One more tells whether there is a next page.
          limit: limit + 1,
          recipients: recipients ?? 'all',
          listed: LISTED,
          ...(before === undefined ? { offset: (page - 1) * limit } : { before }),
        },
        clock.now(),
      )
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return ok({
        items: items.map((stored) => new Notification(stored, clock)),
        nextCursor: last && String(last.sequence),
      })
    })
  }

  unreadCount(userId: string): Promise<Result<number>> {
    const { store, clock } = this.#parts
    return this.#served(async () =>
      ok(await store.notifications.unreadCount(userId as UserId, clock.now())),
    )
  }

  recipients(id: string, { cursor, pageSize = LISTED }: RecipientListQuery = {}) {
    return this.#served(async (): Promise<Result<Page<RecipientState>>> => {
      const { store, clock } = this.#parts
      const skip = cursor === undefined ? 0 : Number(cursor)
      if (cursor !== undefined && !isCount(skip)) {
        return refuseField('cursor: expected one that a page before returned')
      }
      if (!isCount(pageSize) || pageSize > MAX_RECIPIENTS_PAGE) {
        return refuseField(`page_size: expected 1–${MAX_RECIPIENTS_PAGE}`)
      }
      // One more tells whether there is a next page.
      const found = await store.notifications.recipients(
        id as NotificationId,
        skip,
        pageSize + 1,
        clock.now(),
      )
      if (!found) return refuseUnknown()
      const nextCursor = found.length > pageSize ? String(skip + pageSize) : undefined
      return ok({ items: found.slice(0, pageSize), nextCursor })
    })
  }

  markRead(
    id: string,
    userId: string,
    shown: 'all' | 'own' = 'all',
  ): Promise<Result<Notification>> {
    return this.#served(async () => {
      const { store, clock, signals } = this.#parts
      const found = await this.#find(id, userId)
      if (!found.ok) return found
      const read = await store.notifications.markRead(
        userId as UserId,
        [id as NotificationId],
        clock.now(),
      )
      if (read.length > 0) {
        await this.#tell(() => signals.send({ kind: 'changed', users: [userId], read }))
      }
      return this.#find(id, shown === 'own' ? userId : undefined)
    })
  }

  markAllRead(userId: string, { upTo }: MarkAllReadOptions = {}): Promise<Result<number>> {
    return this.#served(async () => {
      const { store, clock, signals } = this.#parts
      if (upTo !== undefined) return this.#markReadUpTo(userId as UserId, upTo)
      const { count, ids } = await store.notifications.markAllRead(userId as UserId, clock.now())
      if (count > 0) {
        await this.#tell(() =>
          signals.send({ kind: 'changed', users: [userId], read: ids, allRead: true }),
        )
      }
      return ok(count)
    })
  }

  // All of them are named, as what came after is not read.
  async #markReadUpTo(userId: UserId, upTo: UpTo): Promise<Result<number>> {
    const { store, clock, signals } = this.#parts
    const { notifications } = store
    const end = await findUpTo(notifications, userId, upTo, clock.now())
    if (!end.ok) return end
    const { count, ids } = await notifications.markAllRead(userId, clock.now(), end.value.upTo)
    const changed = { kind: 'changed', users: [userId], readUpTo: end.value.told } as const
    await this.#tell(async () => {
      for (let start = 0; start < count; start += MAX_NAMED) {
        await signals.send({ ...changed, read: ids.slice(start, start + MAX_NAMED) })
      }
    })
    return ok(count)
  }

  acknowledge(userId: string, ids: readonly string[]): Promise<Result<void>> {
    return this.#served(async () => {
      const { store, clock } = this.#parts
      await store.notifications.markDelivered(
        userId as UserId,
        ids as readonly NotificationId[],
        clock.now(),
      )
      return ok(undefined)
    })
  }

  cancel(id: string): Promise<Result<Notification>> {
    return this.#served(async () => {
      const { store, clock, signals } = this.#parts
      const users = await store.notifications.cancel(id as NotificationId, clock.now())
      if (!users) return refuseUnknown()
      if (users.length > 0) {
        const removed = [id as NotificationId]
        await this.#tell(() => signals.send({ kind: 'changed', users, removed }))
      }
      return this.#find(id)
    })
  }

  preferences(userId: string): Promise<Result<NotificationPreferences>> {
    const { preferences } = this.#parts
    return this.#served(async () => ok(await preferences.find(userId as UserId)))
  }

  setPreferences(
    userId: string,
    wanted: Partial<NotificationPreferences>,
    principal?: Principal,
  ): Promise<Result<NotificationPreferences>> {
    const { preferences } = this.#parts
    return this.#served(() => preferences.replace(userId as UserId, wanted, principal))
  }

  changePreferences(
    userId: string,
    wanted: Partial<NotificationPreferences>,
    principal?: Principal,
  ): Promise<Result<NotificationPreferences>> {
    const { preferences } = this.#parts
    return this.#served(() => preferences.change(userId as UserId, wanted, principal))
  }

  deliveries(query: Partial<DeliveryQuery>): Promise<Result<readonly StoredDelivery[]>> {
    const { store } = this.#parts
    const limit = Math.min(MAX_DELIVERIES, query.limit ?? MAX_DELIVERIES)
    return this.#served(async () => ok(await store.deliveries.list({ ...query, limit })))
  }

  retryDelivery(id: number): Promise<Result<StoredDelivery>> {
    return this.#served(async () => {
      const { store, clock, worker } = this.#parts
      const revived = await store.deliveries.revive(id, clock.now())
      if (revived) {
        worker.wake()
        return ok(revived)
      }
      const known = await store.deliveries.find(id)
      return known
        ? refuse('conflict', `the delivery is ${known.status}; only a dead one is sent again`)
        : refuse('not_found', 'Delivery not found')
    })
  }

  async #plan(
    content: NotificationContent,
    recipients: readonly UserId[],
  ): Promise<{ readonly plans: readonly NewRecipient[]; readonly known: KnownPreferences }> {
    const { store, clock, planner } = this.#parts
    const known = await store.preferences.find(recipients)
    const plans = recipients.map((userId) => {
      const plan = planner.plan(content, userId, known.get(userId))
      return isExpired(content, clock.now()) ? { ...plan, deliveries: [] } : plan
    })
    return { plans, known }
  }

  // What was stored is not lost any more: whoever is not told now is told by the next sweep.
  async #announce(
    content: NotificationContent,
    plans: readonly NewRecipient[],
    sequence: number,
  ): Promise<void> {
    const { store, signals, sweeps, worker } = this.#parts
    const inApp = plans.filter(({ isInApp }) => isInApp)
    const isHeld = ({ heldUntilMs }: NewRecipient): boolean => heldUntilMs !== null
    await this.#tell(async () => {
      await signals.send({
        kind: 'notified',
        notification: describePayload(content),
        sequence,
        push: inApp.filter((plan) => !isHeld(plan)).map(({ userId }) => userId),
        count: inApp.filter(isHeld).map(({ userId }) => userId),
      })
      await store.notifications.markAnnounced([content.id])
    })
    if (plans.some(({ deliveries }) => deliveries.length > 0)) worker.wake()
    const dueMs = plans.flatMap(({ heldUntilMs }) => heldUntilMs ?? [])
    if (content.expiresAtMs !== null) dueMs.push(content.expiresAtMs)
    if (dueMs.length > 0) sweeps.expect(dueMs.reduce((a, b) => Math.min(a, b)))
  }

  async #tell(send: () => Promise<void>): Promise<void> {
    const told = await attempt(send)
    if (told.ok) return
    const { error } = told
    this.#parts.logger.warn({ error }, 'devices could not be told of a notification at once')
  }

  async #find(id: string, userId?: string): Promise<Result<Notification>> {
    const { store, clock } = this.#parts
    const { notifications } = store
    const nowMs = clock.now()
    const found =
      userId === undefined
        ? await notifications.overview(id as NotificationId, LISTED, nowMs)
        : await notifications.find(id as NotificationId, nowMs, userId as UserId)
    return found ? ok(new Notification(found, clock)) : refuseUnknown()
  }

  async #served<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    const done = await attempt(async () => {
      await this.#parts.started()
      return work()
    })
    return done.ok ? done.value : done
  }
}

/** Names those for whom something is not sent at once. */
function waitingUsers(plans: readonly NewRecipient[], nowMs: number): readonly UserId[] {
  return plans
    .filter(
      ({ heldUntilMs, deliveries }) =>
        heldUntilMs !== null || deliveries.some(({ dueAtMs }) => dueAtMs > nowMs),
    )
    .map(({ userId }) => userId)
}

function newNotification(
  content: NotificationContent,
  recipients: NewNotification['recipients'],
  nowMs: number,
  clock: Clock,
): Notification {
  const status: NotificationStatus = isExpired(content, nowMs) ? 'expired' : 'pending'
  const states = recipients.map(({ userId, isInApp, heldUntilMs }) => ({
    userId,
    isInApp,
    heldUntilMs,
    status,
    deliveredAtMs: null,
    readAtMs: null,
  }))
  return new Notification({ ...content, recipients: states }, clock)
}

function refuseUnknown(): ReturnType<typeof refuse> {
  return refuse('not_found', 'Notification not found')
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
