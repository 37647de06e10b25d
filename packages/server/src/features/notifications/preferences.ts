import { HALF_CHARACTER, NOTIFICATION_ROUTES, NOTIFICATION_TYPES } from '@coterie/protocol'
import { z } from 'zod'
import type { FieldProblem } from '../../core/field-problem.ts'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import { parseUrl } from '../../system/parse-url.ts'

const MAX_ADDRESS_CHARACTERS = 254
const MAX_URL_CHARACTERS = 2_048
const MAX_TIME_ZONE_CHARACTERS = 64
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/

/** How users are notified who never said how. */
export const DEFAULT_PREFERENCES: NotificationPreferences = {
  mutedTypes: [],
  quietHours: null,
  routes: ['in-app'],
  email: null,
  webhookUrl: null,
}

const timeOfDay = z.string().regex(TIME_OF_DAY, 'expected HH:MM, from 00:00 to 23:59')
const preferencesSchema = z.strictObject({
  mutedTypes: z.array(z.enum(NOTIFICATION_TYPES)).max(NOTIFICATION_TYPES.length),
  quietHours: z
    .strictObject({
      start: timeOfDay,
      end: timeOfDay,
      timeZone: z
        .string()
        .max(MAX_TIME_ZONE_CHARACTERS)
        .refine(isTimeZone, 'expected an IANA time zone, such as Europe/Berlin'),
    })
    .nullable(),
  routes: z.array(z.enum(NOTIFICATION_ROUTES)).min(1).max(NOTIFICATION_ROUTES.length),
  email: z
    .email('expected an address such as ada@example.com')
    .max(MAX_ADDRESS_CHARACTERS)
    .nullable(),
  webhookUrl: z
    .string()
    .max(MAX_URL_CHARACTERS)
    .refine((text) => text.isWellFormed(), HALF_CHARACTER)
    .refine(isWebUrl, 'expected an absolute https URL without user name and password')
    .nullable(),
})

/**
 * Says what is wrong with preferences, naming the field; undefined when
 * nothing is.
 *
 * @param senders those of this hub, which may be stricter about where they send
 */
export function preferencesProblem(
  preferences: NotificationPreferences,
  senders: readonly NotificationSender[] = [],
): FieldProblem | undefined {
  const checked = preferencesSchema.safeParse(preferences)
  const issue = checked.error?.issues[0]
  if (issue) {
    const field = issue.path.join('.') || 'preferences'
    return `${field}: ${issue.message}`
  }
  const targets = { email: preferences.email, webhook: preferences.webhookUrl }
  for (const sender of senders) {
    const target = targets[sender.route]
    const problem = target === null ? undefined : sender.targetProblem(target)
    if (problem === undefined) continue
    return `${sender.route === 'email' ? 'email' : 'webhookUrl'}: ${problem}`
  }
  return undefined
}

function isTimeZone(name: string): boolean {
  // A fixed distance from UTC is taken too, but is no zone: it knows no summer time.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name })
    return true
  } catch {
    return false
  }
}

function isWebUrl(text: string): boolean {
  const url = parseUrl(text)
  // Plain http is for hosts that the sender of webhooks was told to trust.
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  return isWeb && url.username === '' && url.password === ''
}
