import type { NotificationService } from '../features/notifications/notification-service.ts'
import type { NotificationPreferences } from '../ports/preference-repository.ts'
import { requiredUser } from './caller.ts'
import { getPreferences, putPreferences } from './contracts/notification-preferences.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets users say how they want to be notified. */
export function serveNotificationPreferences(
  router: RestRouter,
  notifications: Pick<NotificationService, 'preferences' | 'setPreferences'>,
): void {
  router.serve(getPreferences, async (context) => {
    const userId = requiredUser(context.get('caller'), context.req.valid('param').user_id)
    return context.json(describePreferences(unwrap(await notifications.preferences(userId))), 200)
  })

  router.serve(putPreferences, async (context) => {
    const userId = requiredUser(context.get('caller'), context.req.valid('param').user_id)
    const body = context.req.valid('json')
    const { muted_types: mutedTypes, quiet_hours: quiet, routes, email } = body
    const { webhook_url: webhookUrl } = body
    const preferences: Partial<NotificationPreferences> = {
      ...(mutedTypes && { mutedTypes }),
      ...(quiet && {
        quietHours: { start: quiet.start, end: quiet.end, timeZone: quiet.time_zone },
      }),
      ...(routes && { routes }),
      ...(email !== undefined && { email }),
      ...(webhookUrl !== undefined && { webhookUrl }),
    }
    const set = unwrap(
      await notifications.setPreferences(userId, preferences, context.get('caller').principal),
    )
    return context.json(describePreferences(set), 200)
  })
}

function describePreferences(preferences: NotificationPreferences) {
  const { mutedTypes, quietHours, routes, email, webhookUrl } = preferences
  return {
    muted_types: mutedTypes,
    quiet_hours: quietHours && {
      start: quietHours.start,
      end: quietHours.end,
      time_zone: quietHours.timeZone,
    },
    routes,
    email,
    webhook_url: webhookUrl,
  }
}
