import {
  type NotificationId,
  type NotificationStatus,
  ok,
  type Result,
  type UserId,
} from '@coterie/protocol'
import type { Ids } from '../../core/ids.ts'
import { rememberedKey } from '../../core/remembered-key.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  NewNotification,
  NewRecipient,
  NotificationContent,
} from '../../ports/notification-repository.ts'
import type { Store } from '../../ports/store.ts'
import type { DeliveryWorker } from './deliveries/delivery-worker.ts'
import type { InboxSignals } from './inbox-signals.ts'
import { describePayload, isExpired, Notification } from './notification.ts'
import type { NotificationQueries } from './notification-queries.ts'
import { draftNotification, type NotificationRequest } from './notification-request.ts'
import type { NotificationSweeps } from './notification-sweeps.ts'
import type { RecipientPlanner } from './planner.ts'
import { removalSignals } from './removed-entries.ts'
import { fingerprintOf } from './request-fingerprint.ts'
import type { KnownPreferences, WaitingPlans } from './waiting-plans.ts'

/** The parts of the hub that making notifications needs. */
export interface NotificationCreationParts {
  readonly store: Pick<Store, 'notifications' | 'preferences'>
  readonly queries: NotificationQueries
  readonly signals: InboxSignals
  readonly sweeps: NotificationSweeps
  readonly worker: DeliveryWorker
  readonly planner: RecipientPlanner
  readonly waiting: WaitingPlans
  /** Notifications in app that a user keeps; 0 for any number. */
  readonly maxPerUser: number
  readonly clock: Clock
  readonly ids: Ids
}

/** Makes notifications: plans them for each recipient, stores them, and tells of them. */
export class NotificationCreation {
  readonly #parts: NotificationCreationParts

  constructor(parts: NotificationCreationParts) {
    this.#parts = parts
  }

  /** Makes a notification; for a repeated request, returns that of the first. */
  async create(request: NotificationRequest): Promise<Result<Notification>> {
    const { clock, ids, store, signals, waiting, queries, maxPerUser } = this.#parts
    const nowMs = clock.now()
    const drafted = draftNotification(request)
    if (!drafted.ok) return drafted
    const { recipients } = drafted.value
    const id = ids.event() as string as NotificationId
    const content = { ...drafted.value.content, id, createdAtMs: nowMs }
    const { plans, known } = await this.#plan(content, recipients)
    const repeated = { scope: 'notifications', ...fingerprintOf(drafted.value) }
    const created = await store.notifications.create({
      ...content,
      recipients: plans,
      maxPerUser: maxPerUser === 0 ? undefined : maxPerUser,
      idempotencyKey: rememberedKey(request.idempotencyKey, repeated, nowMs),
    })
    if (!created.ok) return created
    if (created.value.isDuplicate) return queries.find(created.value.id)
    const notification = newNotification(content, plans, nowMs, clock)
    if (!isExpired(content, nowMs)) {
      await this.#announce(content, plans, created.value.sequence)
      await waiting.replanChanged(known, waitingUsers(plans, nowMs))
    }
    for (const signal of removalSignals(created.value.removed ?? [])) {
      await signals.tell(() => signals.send(signal))
    }
    return ok(notification)
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

  async #announce(
    content: NotificationContent,
    plans: readonly NewRecipient[],
    sequence: number,
  ): Promise<void> {
    const { store, signals, sweeps, worker } = this.#parts
    const inApp = plans.filter(({ isInApp }) => isInApp)
    const isHeld = ({ heldUntilMs }: NewRecipient): boolean => heldUntilMs !== null
    await signals.tell(async () => {
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
