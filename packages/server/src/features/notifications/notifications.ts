import { ok, type Result, type UserId } from '@coterie/protocol'
import type { Page } from '../../core/page.ts'
import { served } from '../../core/served.ts'
import type { DeliveryQuery, StoredDelivery } from '../../ports/delivery-repository.ts'
import type { RecipientState } from '../../ports/notification-repository.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import type { Principal } from '../../ports/principal.ts'
import type { KeptDeliveries } from './deliveries/kept-deliveries.ts'
import type { Notification } from './notification.ts'
import type { NotificationCreation } from './notification-creation.ts'
import type { NotificationMarks } from './notification-marks.ts'
import type { NotificationQueries } from './notification-queries.ts'
import type { NotificationRequest } from './notification-request.ts'
import type {
  MarkAllReadOptions,
  NotificationListQuery,
  NotificationService,
  RecipientListQuery,
} from './notification-service.ts'
import type { UserPreferences } from './user-preferences.ts'

/** What the service is made of. */
export interface NotificationsParts {
  readonly creation: NotificationCreation
  readonly queries: NotificationQueries
  readonly marks: NotificationMarks
  readonly preferences: UserPreferences
  readonly deliveries: KeptDeliveries
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
    return this.#served(({ creation }) => creation.create(request))
  }

  createNotification(request: NotificationRequest): Promise<Result<Notification>> {
    return this.create(request)
  }

  find(id: string, userId?: string): Promise<Result<Notification>> {
    return this.#served(({ queries }) => queries.find(id, userId))
  }

  list(query: NotificationListQuery): Promise<Result<Page<Notification>>> {
    return this.#served(({ queries }) => queries.list(query))
  }

  recipients(id: string, query: RecipientListQuery = {}): Promise<Result<Page<RecipientState>>> {
    return this.#served(({ queries }) => queries.recipients(id, query))
  }

  unreadCount(userId: string): Promise<Result<number>> {
    return this.#served(({ queries }) => queries.unreadCount(userId))
  }

  markRead(
    id: string,
    userId: string,
    shown: 'all' | 'own' = 'all',
  ): Promise<Result<Notification>> {
    return this.#served(({ marks }) => marks.markRead(id, userId, shown))
  }

  markAllRead(userId: string, options: MarkAllReadOptions = {}): Promise<Result<number>> {
    return this.#served(({ marks }) => marks.markAllRead(userId, options))
  }

  acknowledge(userId: string, ids: readonly string[]): Promise<Result<void>> {
    return this.#served(({ marks }) => marks.acknowledge(userId, ids))
  }

  cancel(id: string): Promise<Result<Notification>> {
    return this.#served(({ marks }) => marks.cancel(id))
  }

  preferences(userId: string): Promise<Result<NotificationPreferences>> {
    return this.#served(async ({ preferences }) => ok(await preferences.find(userId as UserId)))
  }

  setPreferences(
    userId: string,
    wanted: Partial<NotificationPreferences>,
    principal?: Principal,
  ): Promise<Result<NotificationPreferences>> {
    return this.#served(({ preferences }) =>
      preferences.replace(userId as UserId, wanted, principal),
    )
  }

  changePreferences(
    userId: string,
    wanted: Partial<NotificationPreferences>,
    principal?: Principal,
  ): Promise<Result<NotificationPreferences>> {
    return this.#served(({ preferences }) =>
      preferences.change(userId as UserId, wanted, principal),
    )
  }

  deliveries(query: Partial<DeliveryQuery>): Promise<Result<readonly StoredDelivery[]>> {
    return this.#served(({ deliveries }) => deliveries.list(query))
  }

  retryDelivery(id: number): Promise<Result<StoredDelivery>> {
    return this.#served(({ deliveries }) => deliveries.retry(id))
  }

  #served<T>(work: (parts: NotificationsParts) => Promise<Result<T>>): Promise<Result<T>> {
    return served(this.#parts.started, () => work(this.#parts))
  }
}
