import type { NotificationType, UserId } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type {
  NewDelivery,
  NewRecipient,
  NotificationContent,
  Planner,
} from '../../ports/notification-repository.ts'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import { DEFAULT_PREFERENCES } from './preferences.ts'
import { isMuted, planRecipient } from './recipient-plan.ts'

/** The parts of the hub that planning needs. */
export interface RecipientPlannerParts {
  readonly senders: readonly NotificationSender[]
  readonly criticalTypes: readonly NotificationType[]
  readonly clock: Clock
}

/** Plans by which routes notifications go to users, by the rules of this hub. */
export class RecipientPlanner {
  readonly #parts: RecipientPlannerParts

  constructor(parts: RecipientPlannerParts) {
    this.#parts = parts
  }

  /** Plans a notification for a user. */
  plan(
    content: NotificationContent,
    userId: UserId,
    preferences: NotificationPreferences = DEFAULT_PREFERENCES,
  ): NewRecipient {
    const { clock, senders, criticalTypes } = this.#parts
    return planRecipient(content, userId, preferences, clock.now(), senders, criticalTypes)
  }

  /** Tells whether a user with such preferences does not want to hear of a notification. */
  isMuted(content: NotificationContent, preferences: NotificationPreferences): boolean {
    return !this.#parts.criticalTypes.includes(content.type) && isMuted(content, preferences)
  }

  /** Makes what plans again what waits for users with such preferences. */
  again(preferences: NotificationPreferences = DEFAULT_PREFERENCES): Planner {
    return (content, { userId, status }, waiting) => {
      if (status !== 'read' || content.evenIfRead) {
        const { clock, criticalTypes } = this.#parts
        const senders = this.#sendersWith(waiting)
        const nowMs = clock.now()
        const reason = "the user's preferences no longer use this route or address"
        const recipient = planRecipient(content, userId, preferences, nowMs, senders, criticalTypes)
        return { recipient, reason }
      }
      const recipient = { userId, isInApp: false, heldUntilMs: null, deliveries: [] }
      return { recipient, reason: 'it was read before it was sent' }
    }
  }

  // What waits by a route was planned where there is a sender, which may be another process.
  #sendersWith(routes: readonly NewDelivery['route'][]): readonly NotificationSender[] {
    const { senders } = this.#parts
    const missing = routes.filter((route) => !senders.some((sender) => sender.route === route))
    return [...senders, ...missing.map(elsewhere)]
  }
}

function elsewhere(route: NewDelivery['route']): NotificationSender {
  return {
    route,
    send: () => Promise.reject(new Error(`no sender is configured for the route ${route}`)),
    targetProblem: () => undefined,
  }
}
