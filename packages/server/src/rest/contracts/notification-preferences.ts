import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody } from './content.ts'
import { userId } from './fields.ts'
import { notificationRoute, notificationType } from './notification-resource.ts'
import { ANY_CALLER, operation } from './operation.ts'

const MAX_TIME_ZONE_CHARACTERS = 64
const MAX_ADDRESS_CHARACTERS = 254
const MAX_URL_CHARACTERS = 2_048

const ofPreferences = { tags: ['Notification preferences'], security: ANY_CALLER }
const params = z.object({ user_id: userId })

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM')
  .openapi({ example: '22:00' })
const quietHours = z
  .strictObject({
    start: timeOfDay,
    end: timeOfDay.openapi({ description: 'If it is before the start, it is on the next day.' }),
    time_zone: z.string().max(MAX_TIME_ZONE_CHARACTERS).openapi({ example: 'Europe/Berlin' }),
  })
  .openapi('QuietHours')

const preferences = {
  muted_types: z.array(notificationType).readonly(),
  quiet_hours: quietHours.nullable(),
  routes: z.array(notificationRoute).readonly(),
  email: z.string().max(MAX_ADDRESS_CHARACTERS).nullable(),
  webhook_url: z.string().max(MAX_URL_CHARACTERS).nullable(),
}
const resource = z.object(preferences).openapi('NotificationPreferences')

const EXAMPLE = {
  muted_types: ['new_content'],
  quiet_hours: { start: '22:00', end: '07:00', time_zone: 'Europe/Berlin' },
  routes: ['in-app', 'email'],
  email: 'jane@example.com',
  webhook_url: null,
}

/** The contract of `GET /notification-preferences/{user_id}`. */
export const getPreferences = operation({
  operationId: 'getNotificationPreferences',
  ...ofPreferences,
  method: 'get',
  path: '/notification-preferences/{user_id}',
  summary: 'Get how a user wants to be notified',
  description: 'The defaults if the user has set none.',
  request: { params },
  responses: { 200: jsonAnswer('The preferences.', resource, EXAMPLE) },
})

/** The contract of `PUT /notification-preferences/{user_id}`. */
export const putPreferences = operation({
  operationId: 'replaceNotificationPreferences',
  ...ofPreferences,
  method: 'put',
  path: '/notification-preferences/{user_id}',
  summary: 'Replace how a user wants to be notified',
  description:
    'Fields that are left out get their default. A user may set only an address that the ' +
    'application has proved or allowed, and is refused with 403 otherwise.',
  request: { params, body: jsonBody(z.strictObject(preferences).partial(), EXAMPLE) },
  responses: { 200: jsonAnswer('The preferences as they are now.', resource, EXAMPLE) },
})

/** The contract of `PATCH /notification-preferences/{user_id}`. */
export const patchPreferences = operation({
  ...ofPreferences,
  operationId: 'changeNotificationPreferences',
  method: 'patch',
  path: '/notification-preferences/{user_id}',
  summary: 'Change how a user wants to be notified',
  description:
    'Fields that are left out stay as they are. The same rules for addresses hold as for `PUT`. ' +
    'Naming `routes` in either operation refuses all other routes.',
  request: {
    params,
    body: jsonBody(z.strictObject(preferences).partial(), { quiet_hours: EXAMPLE.quiet_hours }),
  },
  responses: { 200: jsonAnswer('The preferences as they are now.', resource, EXAMPLE) },
})
