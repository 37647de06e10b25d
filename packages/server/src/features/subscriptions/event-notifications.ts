import { createHash } from 'node:crypto'
import type {
  JsonValue,
  NotificationRoute,
  NotificationType,
  Result,
  UserId,
} from '@coterie/protocol'
import { cutText, ok } from '@coterie/protocol'
import { repetitionKey } from '../../core/anonymous.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Publication } from '../../core/publication.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { documentOf, type EventDocument } from './event-document.ts'
import { valuesAt } from './filter-value.ts'
import { groupByUser } from './group-by-user.ts'
import type { IndexedSubscription } from './subscription-index.ts'
import type { SubscriptionRegistry } from './subscription-registry.ts'
import { routeOf, wantsOwn } from './subscription-request.ts'
import type { SubscriptionRights } from './subscription-rights.ts'

const MAX_TITLE_CHARACTERS = 200
const MAX_MESSAGE_CHARACTERS = 4_000
/** Subscriptions that a notification names at most. */
const MAX_NAMED = 100
/** Notifications made at a time. */
const BATCH = 50

/** A notification as an event makes it. */
export interface EventNotification {
  readonly title: string
  readonly message: string
  readonly recipients: readonly string[]
  readonly type: NotificationType
  readonly senderId: string | null
  readonly resourceType: string | null
  readonly resourceId: string | null
  readonly metadata: { readonly [key: string]: JsonValue }
  readonly channels: readonly NotificationRoute[]
  readonly idempotencyKey: string
}

/** Stores a notification and sends it; with the same key it is made once. */
export type Notify = (notification: EventNotification) => Promise<Result<unknown>>

/** The parts of the hub that notifications of events need. */
export interface EventNotificationsParts {
  readonly registry: SubscriptionRegistry
  readonly rights: SubscriptionRights
  readonly notify: Notify
  readonly limits: Pick<Limits, 'eventNotifications' | 'eventRoutes'>
  readonly clock: Clock
  readonly logger: Logger
  /** Resolves when store and engine are open. */
  readonly started: () => Promise<void>
}

/** An event of which users are notified. */
export interface NotifiedEvent {
  readonly id: string
  /** With the id, what makes it the same event. */
  readonly scope: string
  readonly document: EventDocument
  /** The author: shown, and not notified by their own subscriptions. */
  readonly senderId: string | null
  /** Users who are not notified of it. */
  readonly exclude: readonly string[]
  /** True where a user published it, false where the application did. */
  readonly isOfUser: boolean
}

/** Notifies users of events where their subscriptions ask for it. */
export class EventNotifications {
  readonly #parts: EventNotificationsParts

  constructor(parts: EventNotificationsParts) {
    this.#parts = parts
  }

  /** Prepares notifications of an event that is being published; undefined for none. */
  follow(
    { channel, event, payload, from, exclude = [] }: Publication,
    id: string,
  ): (() => Promise<void>) | undefined {
    const { registry, started } = this.#parts
    if (registry.isLoaded && !registry.notifying.hasTopics) return undefined
    const document = documentOf(channel, event, payload)
    const senderId = from?.user_id ?? null
    const sender = senderId === null ? null : repetitionKey(senderId, id).sender
    const scope = JSON.stringify([channel, sender])
    const isOfUser = senderId !== null
    const notified = { id, scope, document, senderId, exclude, isOfUser }
    const found = this.#match(document)
    if (registry.isLoaded) return found.length === 0 ? undefined : () => this.#see(found, notified)
    // Published before it is known who is interested.
    return async () => {
      await started()
      await this.#see(this.#match(document), notified)
    }
  }

  /**
   * Notifies the users of subscriptions; again with the same event does what is left.
   *
   * @returns for how many users a notification was made; refused with `unavailable`
   * where some could not be stored
   */
  async notify(
    found: readonly IndexedSubscription[],
    event: NotifiedEvent,
  ): Promise<Result<number>> {
    const { channel } = event.document
    const excluded = new Set(event.exclude)
    const allowed = found.filter(
      ({ stored }) =>
        !excluded.has(stored.userId) &&
        (stored.userId !== event.senderId || wantsOwn(stored)) &&
        this.#parts.rights.mayNotify(stored, channel),
    )
    const byUser = [...groupByUser(allowed)]
    for (let start = 0; start < byUser.length; start += BATCH) {
      const batch = byUser.slice(start, start + BATCH)
      const made = await Promise.all(
        batch.map(([userId, items]) => this.#notifyUser(userId, items, event)),
      )
      const failed = made.find((result) => !result.ok)
      if (failed && !failed.ok) return failed
    }
    return ok(byUser.length)
  }

  // What the application neither stored nor published is rated: users could fill inboxes, and send
  // mail from the application's address, by what they publish themselves.
  #routesFor(
    userId: UserId,
    items: readonly IndexedSubscription[],
    isOfUser: boolean,
  ): readonly NotificationRoute[] {
    const { eventNotifications, eventRoutes } = this.#parts.limits
    const routes = [...new Set(items.flatMap(({ stored }) => routeOf(stored) ?? []))]
    const isOfApplication = !isOfUser && items.every(({ stored }) => stored.isVouched)
    if (isOfApplication) return routes
    if (eventNotifications.take(userId)) return []
    const allowed = routes.filter(
      (route) => route === 'in-app' || !eventRoutes.take(JSON.stringify([route, userId])),
    )
    // What goes by no other route waits in the inbox.
    return allowed.length > 0 ? allowed : ['in-app']
  }

  #match(document: EventDocument): readonly IndexedSubscription[] {
    const { registry, clock } = this.#parts
    return registry.notifying.matchTopic(document, clock.now())
  }

  async #see(found: readonly IndexedSubscription[], event: NotifiedEvent): Promise<void> {
    const made = await this.notify(found, event)
    if (!made.ok) throw made.error
  }

  async #notifyUser(
    userId: UserId,
    items: readonly IndexedSubscription[],
    { id, scope, document, senderId, isOfUser }: NotifiedEvent,
  ): Promise<Result<unknown>> {
    const { channel, event, resource_type: type, resource_id: resourceId } = document
    const routes = this.#routesFor(userId, items, isOfUser)
    if (routes.length === 0) return ok(undefined)
    const about = type === undefined ? channel : `${type} ${resourceId}`
    const key = createHash('sha256').update(JSON.stringify([scope, id, userId]))
    const made = await this.#parts.notify({
      title: clip(`${about}: ${event}`, MAX_TITLE_CHARACTERS),
      message: messageOf(document.payload) ?? clip(`${event} in ${about}`, MAX_MESSAGE_CHARACTERS),
      recipients: [userId],
      type: 'update',
      senderId,
      resourceType: type ?? null,
      resourceId: resourceId ?? null,
      metadata: {
        channel,
        event,
        event_id: id,
        subscription_ids: items.slice(0, MAX_NAMED).map(({ stored }) => stored.id),
      },
      channels: routes,
      idempotencyKey: `event:${key.digest('base64url')}`,
    })
    if (made.ok || made.error.code === 'unavailable') return made
    // The same event again with other words, or for other subscriptions, was notified before.
    if (made.error.code !== 'conflict') {
      this.#parts.logger.warn({ error: made.error, channel }, 'users were not notified of an event')
    }
    return ok(undefined)
  }
}

function messageOf(payload: JsonValue): string | undefined {
  const message = valuesAt(Array.isArray(payload) ? null : payload, ['message'])[0]
  return typeof message === 'string' ? clip(message, MAX_MESSAGE_CHARACTERS) : undefined
}

function clip(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${cutText(text, maxCharacters - 1)}…`
}
