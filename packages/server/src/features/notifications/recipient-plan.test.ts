import type { UserId } from '@coterie/protocol'
import { describe, expect, it } from 'vitest'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import { DEFAULT_PREFERENCES } from './preferences.ts'
import { planRecipient, type RoutedContent } from './recipient-plan.ts'

const ADA = 'ada' as UserId
const MIDNIGHT_MS = Date.UTC(2026, 0, 11)
const NOON_MS = Date.UTC(2026, 0, 11, 12)
const MORNING_MS = Date.UTC(2026, 0, 11, 7)
const quietHours = { start: '22:00', end: '07:00', timeZone: 'UTC' }
const email = 'ada@example.com'
const webhookUrl = 'https://example.com/hook'

function senderOf(
  route: NotificationSender['route'],
  targetProblem = (_: string): string | undefined => undefined,
): NotificationSender {
  return { route, async send() {}, targetProblem }
}

function plan(
  content: Partial<RoutedContent>,
  preferences: Partial<NotificationPreferences> = {},
  nowMs = NOON_MS,
  senders: readonly NotificationSender[] = [senderOf('email'), senderOf('webhook')],
) {
  return planRecipient(
    { type: 'message', priority: 'normal', channels: null, metadata: {}, ...content },
    ADA,
    { ...DEFAULT_PREFERENCES, ...preferences },
    nowMs,
    senders,
  )
}

const inboxOnly = { userId: ADA, isInApp: true, heldUntilMs: null, deliveries: [] }
const nothing = { userId: ADA, isInApp: false, heldUntilMs: null, deliveries: [] }
const mail = { route: 'email', target: email, dueAtMs: NOON_MS }
const webhook = { route: 'webhook', target: webhookUrl, dueAtMs: NOON_MS }

describe('routes', () => {
  it('is the inbox for those who never said anything', () => {
    expect(plan({})).toEqual(inboxOnly)
  })

  it.each<[string, Partial<RoutedContent>, Partial<NotificationPreferences>, object]>([
    ['the preferences', {}, { routes: ['email'] }, { ...nothing, deliveries: [mail] }],
    [
      'metadata before the preferences',
      { metadata: { notification_channel: 'webhook' } },
      { routes: ['email'] },
      { ...nothing, deliveries: [webhook] },
    ],
    [
      'the preferences where metadata names no route',
      { metadata: { notification_channel: 'pigeon' } },
      { routes: ['email'] },
      { ...nothing, deliveries: [mail] },
    ],
    [
      'the notification before all, each route once',
      { channels: ['email', 'in-app', 'email'], metadata: { notification_channel: 'webhook' } },
      { routes: ['webhook'] },
      { ...inboxOnly, deliveries: [mail] },
    ],
    [
      'all of them',
      { channels: ['in-app', 'email', 'webhook'] },
      {},
      { ...inboxOnly, deliveries: [mail, webhook] },
    ],
  ])('are those of %s', (_, content, preferences, planned) => {
    expect(plan(content, { email, webhookUrl, ...preferences })).toEqual(planned)
  })

  it('leaves out a route without a target', () => {
    expect(plan({ channels: ['email', 'webhook'] }, { email })).toEqual({
      ...nothing,
      deliveries: [mail],
    })
  })

  it('falls back to the inbox where no route leads to the user', () => {
    expect(plan({ channels: ['email', 'webhook'] })).toEqual(inboxOnly)
  })

  it('leaves out what no sender sends, or not to there', () => {
    const sender = senderOf('webhook', (url) => (url === webhookUrl ? undefined : 'not there'))
    const channels = ['email', 'webhook'] as const
    const to = (url: string) => plan({ channels }, { email, webhookUrl: url }, NOON_MS, [sender])
    expect(to(webhookUrl)).toEqual({ ...nothing, deliveries: [webhook] })
    expect(to('https://elsewhere.example')).toEqual(inboxOnly)
  })
})

describe('muted types', () => {
  it('reach the user by no route', () => {
    const muted = { mutedTypes: ['message'] as const, routes: ['in-app', 'email'] as const, email }
    expect(plan({}, muted)).toEqual(nothing)
    expect(plan({ channels: ['in-app', 'email'] }, muted)).toEqual(nothing)
    expect(plan({ type: 'comment' }, muted)).toMatchObject({ isInApp: true })
  })

  it('cannot be security, nor what is an emergency', () => {
    const mutedTypes = ['security', 'message'] as const
    expect(plan({ type: 'security' }, { mutedTypes })).toEqual(inboxOnly)
    expect(plan({ priority: 'emergency' }, { mutedTypes })).toEqual(inboxOnly)
    expect(plan({ priority: 'urgent' }, { mutedTypes })).toEqual(nothing)
  })
})

describe('quiet hours', () => {
  const channels = ['in-app', 'email'] as const

  it('hold pushes and mails until their end', () => {
    expect(plan({ channels }, { quietHours, email }, MIDNIGHT_MS)).toEqual({
      userId: ADA,
      isInApp: true,
      heldUntilMs: MORNING_MS,
      deliveries: [{ ...mail, dueAtMs: MORNING_MS }],
    })
  })

  it('hold what falls back to the inbox', () => {
    const planned = plan({ channels: ['email'] }, { quietHours }, MIDNIGHT_MS)
    expect(planned).toEqual({ ...inboxOnly, heldUntilMs: MORNING_MS })
  })

  it.each(['urgent', 'emergency'] as const)('do not hold what is of priority %s', (priority) => {
    expect(plan({ channels, priority }, { quietHours, email }, MIDNIGHT_MS)).toEqual({
      ...inboxOnly,
      deliveries: [{ ...mail, dueAtMs: MIDNIGHT_MS }],
    })
  })

  it('hold security as they hold all that can wait', () => {
    const planned = plan({ type: 'security', priority: 'high' }, { quietHours }, MIDNIGHT_MS)
    expect(planned.heldUntilMs).toBe(MORNING_MS)
  })
})
