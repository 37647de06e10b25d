import type { NotificationFrame } from '@coterie/protocol'
import { createTestHub, FakeClock, type TestUser, testPrincipal } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import {
  DeliveryError,
  type NotificationSender,
  type OutgoingDelivery,
} from '../../ports/notification-sender.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import type { NotificationRequest } from './notification-request.ts'

const HOUR_MS = 3_600_000
/** At 23:00, an hour before the clock strikes. */
const NIGHT_MS = Date.UTC(2026, 0, 11, 23)
const quietHours = { start: '22:00', end: '07:00', timeZone: 'UTC' }
const email = 'ada@example.com'
const webhookUrl = 'https://example.com/hook'

async function setUp(preferences: Partial<NotificationPreferences> = {}) {
  const clock = new FakeClock(NIGHT_MS)
  const sent: { readonly to: string; readonly title: string; readonly hour: number }[] = []
  const failures: DeliveryError[] = []
  const senderOf = (route: OutgoingDelivery['route']): NotificationSender => ({
    route,
    targetProblem: () => undefined,
    send: async ({ target, payload }) => {
      const failure = failures.shift()
      if (failure) throw failure
      sent.push({ to: target, title: payload.title, hour: new Date(clock.now()).getUTCHours() })
    },
  })
  const world = await createTestHub({
    users: ['ada'],
    clock,
    senders: [senderOf('email'), senderOf('webhook')],
    notifications: { userAddresses: true },
  })
  const { hub } = world
  onTestFinished(async () => {
    const closed = hub.close()
    await clock.advance(60_000)
    await closed
  })
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 10; n += 1) await clock.advance(10)
  }
  const want = async (wanted: Partial<NotificationPreferences>) => {
    const set = await hub.notifications.setPreferences('ada', wanted)
    if (!set.ok) throw set.error
    await settle()
  }
  const create = async (title: string, more: Partial<NotificationRequest> = {}) => {
    const request = { title, message: '', recipients: ['ada'], ...more }
    const created = await hub.notifications.create(request)
    if (!created.ok) throw created.error
    await settle()
    return created.value.id
  }
  const waiting = async (): Promise<readonly string[]> => {
    const found = await hub.notifications.deliveries({ status: 'waiting' })
    return found.ok ? found.value.map(({ target }) => target) : []
  }
  const untilHour = async (hour: number): Promise<void> => {
    const midnightMs = NIGHT_MS + HOUR_MS
    await clock.advance(midnightMs + hour * HOUR_MS - clock.now())
    await settle()
  }
  const titles = (): string[] => sent.map(({ title }) => title)
  await want({ email, quietHours, ...preferences })
  return { ...world, clock, sent, failures, settle, want, create, waiting, untilHour, titles }
}

const pushed = (user: TestUser): string[] =>
  user.frames
    .filter((frame): frame is NotificationFrame => frame.type === 'notification')
    .map(({ payload }) => payload.title)

const byMail = { channels: ['email'] } as const

it('sends what waits to the address that the user has when it is sent', async () => {
  const { create, sent, untilHour, waiting, want } = await setUp()
  await create('news', byMail)
  await want({ email: 'new@example.com', quietHours })
  expect(await waiting()).toEqual(['new@example.com'])
  await untilHour(7)
  expect(sent).toMatchObject([{ to: 'new@example.com', hour: 7 }])
})

it('sends nothing to an address that was removed, and keeps it in the inbox', async () => {
  const { ada, create, hub, sent, untilHour, waiting, want } = await setUp()
  await create('news', byMail)
  expect(await hub.notifications.unreadCount('ada')).toEqual({ ok: true, value: 0 })
  await want({ quietHours })
  expect(await waiting()).toEqual([])
  expect(await hub.notifications.unreadCount('ada')).toEqual({ ok: true, value: 1 })
  expect(pushed(ada)).toEqual([])
  await untilHour(8)
  expect(sent).toEqual([])
  expect(pushed(ada)).toEqual(['news'])
})

it('takes another route where the user has moved to it', async () => {
  const { create, sent, untilHour, want } = await setUp({ routes: ['email'] })
  await create('news')
  await want({ quietHours, routes: ['webhook'], webhookUrl })
  await untilHour(8)
  expect(sent).toMatchObject([{ to: webhookUrl, title: 'news' }])
})

it('sends nothing of a type that was muted meanwhile, by no route', async () => {
  const { ada, create, hub, untilHour, titles, want } = await setUp()
  await create('comment', { ...byMail, type: 'comment' })
  await create('held comment', { type: 'comment' })
  await create('alarm', { ...byMail, type: 'security' })
  await want({ email, quietHours, mutedTypes: ['comment', 'security'] })
  await untilHour(8)
  expect(titles()).toEqual(['alarm'])
  expect(pushed(ada)).toEqual([])
  expect(await hub.notifications.unreadCount('ada'), 'in the inbox before').toMatchObject({
    value: 1,
  })
})

it('lets go in order what waited for quiet hours that the user ends, before what is newer', async () => {
  const { ada, create, titles, untilHour, want } = await setUp()
  for (const title of ['1', '2', '3']) await create(title, { channels: ['email', 'in-app'] })
  await untilHour(2)
  expect([titles(), pushed(ada)]).toEqual([[], []])
  await want({ email })
  await create('4', { channels: ['email', 'in-app'] })
  expect(titles()).toEqual(['1', '2', '3', '4'])
  expect(pushed(ada)).toEqual(['1', '2', '3', '4'])
})

it('keeps what waits until the quiet hours that the user moved are over', async () => {
  const { ada, create, sent, untilHour, want } = await setUp()
  await create('news', { channels: ['email', 'in-app'] })
  await want({ email, quietHours: { ...quietHours, end: '09:00' } })
  await untilHour(8)
  expect([sent, pushed(ada)]).toEqual([[], []])
  await untilHour(9)
  expect(sent).toMatchObject([{ hour: 9 }])
  expect(pushed(ada)).toEqual(['news'])
})

it('makes no further attempt within quiet hours', async () => {
  const { clock, create, failures, sent, settle, want } = await setUp({ quietHours: null })
  failures.push(new DeliveryError('busy', { isPermanent: false }))
  await create('news', byMail)
  await want({ email, quietHours })
  await clock.advance(6 * HOUR_MS)
  expect(sent).toEqual([])
  await clock.advance(3 * HOUR_MS)
  await settle()
  expect(sent).toMatchObject([{ title: 'news', hour: 7 }])
})

it('leaves a receiver alone for as long as it asked, though quiet hours end', async () => {
  const { clock, create, failures, sent, settle, want } = await setUp({ quietHours: null })
  const retryAfterMs = 2 * HOUR_MS
  failures.push(new DeliveryError('busy', { isPermanent: false, retryAfterMs }))
  await create('news', byMail)
  await want({ email, quietHours })
  await want({ email })
  await clock.advance(retryAfterMs - 60_000)
  expect(sent).toEqual([])
  await clock.advance(120_000)
  await settle()
  expect(sent).toMatchObject([{ title: 'news' }])
})

it('sends on nothing that was read in the inbox, unless the application says so', async () => {
  const { create, hub, titles, untilHour } = await setUp()
  const both = { channels: ['email', 'in-app'] } as const
  const read = await create('read', both)
  const kept = await create('read, and sent', { ...both, evenIfRead: true })
  await create('unread', both)
  for (const id of [read, kept]) await hub.notifications.markRead(id, 'ada')
  await untilHour(8)
  expect(titles()).toEqual(['read, and sent', 'unread'])
  expect(await hub.notifications.deliveries({ status: 'canceled' })).toMatchObject({
    value: [{ notificationId: read, lastError: 'it was read before it was sent' }],
  })
})

it('does not repeat an attempt for what was read meanwhile', async () => {
  const { clock, create, failures, hub, sent, settle } = await setUp({ quietHours: null })
  failures.push(new DeliveryError('busy', { isPermanent: false }))
  const id = await create('news', { channels: ['email', 'in-app'] })
  await hub.notifications.markAllRead('ada')
  await clock.advance(60_000)
  await settle()
  expect(sent).toEqual([])
  expect(await hub.notifications.find(id)).toMatchObject({ value: { status: 'read' } })
})

it('plans by the wishes of now what was planned by those of a moment ago', async () => {
  const { create, hub, sent, settle, untilHour } = await setUp()
  // Both at once: the one who stores may have read what the user wanted before.
  await Promise.all([
    create('news', byMail),
    hub.notifications.setPreferences('ada', { email: 'new@example.com' }),
  ])
  await settle()
  await untilHour(1)
  expect(sent).toMatchObject([{ to: 'new@example.com' }])
})

it('uses no route that the user refuses, whatever the application names, but for critical types', async () => {
  const { create, hub, sent, want } = await setUp({ quietHours: null })
  await want({ email, webhookUrl, routes: ['in-app'] })
  await create('offer', byMail)
  await create('offer', { metadata: { notification_channel: 'webhook' } })
  await create('fire', { ...byMail, priority: 'emergency' })
  expect(sent).toEqual([])
  expect(await hub.notifications.unreadCount('ada')).toEqual({ ok: true, value: 3 })
  await create('new sign-in', { ...byMail, type: 'security' })
  expect(sent).toMatchObject([{ to: email, title: 'new sign-in' }])
  await want({ email })
  await create('offer', byMail)
  expect(sent, 'who names no routes refuses none').toHaveLength(2)
})

it('changes one thing without naming the others, and keeps what was refused', async () => {
  const { create, hub, sent, settle, want } = await setUp({ quietHours: null })
  const change = async (wanted: Partial<NotificationPreferences>) => {
    const changed = await hub.notifications.changePreferences('ada', wanted)
    await settle()
    return changed
  }
  expect(await change({ mutedTypes: ['task'] })).toMatchObject({ value: { email } })
  await create('offer', byMail)
  expect(sent, 'no route was named').toHaveLength(1)
  await want({ email, routes: ['in-app'] })
  await change({ mutedTypes: [] })
  await create('offer', byMail)
  expect(sent, 'the refusal stays').toHaveLength(1)
  await change({ routes: ['in-app', 'email'] })
  await create('offer', byMail)
  expect(sent).toHaveLength(2)
  expect(await change({ email: null })).toMatchObject({ value: { email: null } })
  expect(await change({ email: 'ada' })).toMatchObject({ error: { code: 'invalid_payload' } })
})

it('charges a user who plans much anew again and again, and nobody else', async () => {
  const { create, hub, want } = await setUp()
  const ada = testPrincipal('ada')
  for (let n = 0; n < 60; n += 1) await create(String(n), byMail)
  const change = (n: number) =>
    hub.notifications.setPreferences(
      'ada',
      { email, quietHours, mutedTypes: n % 2 ? ['task'] : [] },
      ada,
    )
  let changes = 0
  while ((await change(changes)).ok) changes += 1
  // 5,000 at once, and a few that come back meanwhile.
  expect(changes * 60).toBeGreaterThanOrEqual(5_000)
  expect(changes * 60).toBeLessThan(5_200)
  expect(await change(0)).toMatchObject({ error: { code: 'rate_limited' } })
  await want({ email, quietHours })
})
