import type { NotificationService } from '../features/notifications/notification-service.ts'
import type { NotificationPreferences } from '../ports/preference-repository.ts'
import { requiredUser } from './caller.ts'
import {
  getPreferences,
  patchPreferences,
  putPreferences,
} from './contracts/notification-preferences.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets users choose how they are notified. */
export function serveNotificationPreferences(
  router: RestRouter,
  notifications: Pick<NotificationService, 'preferences' | 'setPreferences' | 'changePreferences'>,
): void {
  router.serve(getPreferences, async (context) => {
    const userId = requiredUser(context.get('caller'), context.req.valid('param').user_id)
    return context.json(describePreferences(unwrap(await notifications.preferences(userId))), 200)
  })

  router.serve(putPreferences, async (context) => {
    const caller = context.get('caller')
    const userId = requiredUser(caller, context.req.valid('param').user_id)
    const wanted = readPreferences(context.req.valid('json'))
    const set = await notifications.setPreferences(userId, wanted, caller.principal)
    return context.json(describePreferences(unwrap(set)), 200)
  })

  router.serve(patchPreferences, async (context) => {
    const caller = context.get('caller')
    const userId = requiredUser(caller, context.req.valid('param').user_id)
    const wanted = readPreferences(context.req.valid('json'))
    const changed = await notifications.changePreferences(userId, wanted, caller.principal)
    return context.json(describePreferences(unwrap(changed)), 200)
  })
}

interface PreferencesBody {
  readonly muted_types?: NotificationPreferences['mutedTypes'] | undefined
  readonly quiet_hours?:
    | { readonly start: string; readonly end: string; readonly time_zone: string }
    | null
    | undefined
  readonly routes?: NotificationPreferences['routes'] | undefined
  readonly email?: string | null | undefined
  readonly webhook_url?: string | null | undefined
}

function readPreferences(body: PreferencesBody): Partial<NotificationPreferences> {
  const { muted_types: mutedTypes, quiet_hours: quiet, routes, email } = body
  const { webhook_url: webhookUrl } = body
  const quietHours = quiet && { start: quiet.start, end: quiet.end, timeZone: quiet.time_zone }
  return {
    ...(mutedTypes && { mutedTypes }),
    ...(quietHours !== undefined && { quietHours }),
    ...(routes && { routes }),
    ...(email !== undefined && { email }),
    ...(webhookUrl !== undefined && { webhookUrl }),
  }
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
