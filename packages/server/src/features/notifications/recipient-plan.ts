import {
  NOTIFICATION_ROUTES,
  type NotificationRoute,
  type NotificationType,
  type UserId,
} from '@coterie/protocol'
import type {
  NewDelivery,
  NewRecipient,
  NotificationContent,
} from '../../ports/notification-repository.ts'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import { quietUntilMs } from './quiet-hours.ts'

/** What of a notification decides by which routes it goes. */
export type RoutedContent = Pick<NotificationContent, 'type' | 'priority' | 'channels' | 'metadata'>

/** Types that reach users whatever they have muted or refused, unless the hub declares others. */
export const CRITICAL_TYPES: readonly NotificationType[] = ['security']

/**
 * Decides for one recipient by which routes a notification goes, and when.
 *
 * Muted types go by none, and refused routes are left out, but for critical
 * types. Quiet hours hold what is not urgent. Where no route is left that leads
 * to the user it goes to the inbox, so that nothing is lost.
 *
 * @param senders those of this hub; a route without one leads nowhere
 * @param criticalTypes those that are neither muted nor refused
 */
export function planRecipient(
  content: RoutedContent,
  userId: UserId,
  preferences: NotificationPreferences,
  nowMs: number,
  senders: readonly NotificationSender[],
  criticalTypes: readonly NotificationType[] = CRITICAL_TYPES,
): NewRecipient {
  const isCritical = criticalTypes.includes(content.type)
  if (!isCritical && isMuted(content, preferences)) {
    return { userId, isInApp: false, heldUntilMs: null, deliveries: [] }
  }
  const isPressing = content.priority === 'urgent' || content.priority === 'emergency'
  const untilMs = isPressing ? null : quietUntilMs(preferences.quietHours, nowMs)
  const routes = routesOf(content, preferences, isCritical)
  const deliveries: NewDelivery[] = []
  for (const route of ['email', 'webhook'] as const) {
    if (!routes.has(route)) continue
    const target = targetOf(route, preferences, senders)
    if (target !== null) deliveries.push({ route, target, dueAtMs: untilMs ?? nowMs })
  }
  const isInApp = routes.has('in-app') || deliveries.length === 0
  return { userId, isInApp, heldUntilMs: isInApp ? untilMs : null, deliveries }
}

/** Tells whether a user has muted what a notification is about, which is not critical. */
export function isMuted(
  { type, priority }: RoutedContent,
  { mutedTypes }: NotificationPreferences,
): boolean {
  return priority !== 'emergency' && mutedTypes.includes(type)
}

function routesOf(
  { channels, metadata }: RoutedContent,
  { routes, hasChosenRoutes = false }: NotificationPreferences,
  isCritical: boolean,
): ReadonlySet<NotificationRoute> {
  const named = NOTIFICATION_ROUTES.find((route) => route === metadata.notification_channel)
  const asked = channels && channels.length > 0 ? channels : named && [named]
  if (!asked) return new Set(routes)
  const mayRefuse = hasChosenRoutes && !isCritical
  return new Set(asked.filter((route) => !mayRefuse || routes.includes(route)))
}

function targetOf(
  route: NewDelivery['route'],
  { email, webhookUrl }: NotificationPreferences,
  senders: readonly NotificationSender[],
): string | null {
  const target = route === 'email' ? email : webhookUrl
  const sender = senders.find((one) => one.route === route)
  if (target === null || !sender) return null
  // What was a good target when it was stored may be none by the rules of today.
  return sender.targetProblem(target) === undefined ? target : null
}
