import { createTestHub, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { NotificationSender } from '../../ports/notification-sender.ts'

const OWN = { email: 'ada@example.com' }
const FOREIGN = { email: 'victim@example.com' }

const refused = { ok: false, error: { code: 'forbidden', details: { field: 'email' } } }

it('a user cannot have mail sent to an address that nobody proved to be theirs', async () => {
  const { hub } = await createTestHub()
  const ada = testPrincipal('ada')
  expect(await hub.notifications.setPreferences('ada', FOREIGN, ada)).toMatchObject(refused)
  const hook = { webhookUrl: 'https://victim.example/hook' }
  expect(await hub.notifications.setPreferences('ada', hook, ada)).toMatchObject({
    error: { code: 'forbidden', details: { field: 'webhook_url' } },
  })
  expect(await hub.notifications.preferences('ada')).toMatchObject({ value: { email: null } })
})

it('a user keeps and removes what the application set, and cannot set another', async () => {
  const { hub } = await createTestHub()
  const ada = testPrincipal('ada')
  await hub.notifications.setPreferences('ada', OWN)
  const kept = { ...OWN, routes: ['in-app', 'email'] as const }
  expect(await hub.notifications.setPreferences('ada', kept, ada)).toMatchObject({ ok: true })
  expect(await hub.notifications.setPreferences('ada', FOREIGN, ada)).toMatchObject(refused)
  expect(await hub.notifications.setPreferences('ada', {}, ada)).toMatchObject({ ok: true })
  expect(await hub.notifications.setPreferences('ada', OWN, ada)).toMatchObject(refused)
})

it.each([
  [{ email: 'ada@example.com', email_verified: true }, true],
  [{ email: 'ada@example.com', email_verified: false }, false],
  [{ email: 'ada@example.com' }, false],
  [{ email: 'other@example.com', email_verified: true }, false],
])('a token whose user is %j proves the address: %s', async (profile, isProven) => {
  const { hub } = await createTestHub()
  const ada = testPrincipal('ada', { profile })
  const set = await hub.notifications.setPreferences('ada', OWN, ada)
  expect(set.ok).toBe(isProven)
})

it('an application may decide for each address', async () => {
  const asked: unknown[] = []
  const { hub } = await createTestHub({
    notifications: {
      userAddresses: async ({ principal, route, address }) => {
        asked.push([principal.userId, route, address])
        return address === OWN.email
      },
    },
  })
  const ada = testPrincipal('ada')
  expect((await hub.notifications.setPreferences('ada', OWN, ada)).ok).toBe(true)
  expect(await hub.notifications.setPreferences('ada', FOREIGN, ada)).toMatchObject(refused)
  expect(asked).toEqual([
    ['ada', 'email', OWN.email],
    ['ada', 'email', FOREIGN.email],
  ])
})

it('what users publish fills no inbox and sends no more mail than a day may bring', async () => {
  const mails: string[] = []
  const mailer: NotificationSender = {
    route: 'email',
    send: async ({ target }) => void mails.push(target),
    targetProblem: () => undefined,
  }
  const limits = { eventNotificationsPerDay: 10, eventMessagesPerDay: 3 }
  const world = await createTestHub({
    users: ['eve'],
    senders: [mailer],
    limits,
    channels: { open: { publish: 'authenticated' } },
  })
  const { eve, hub, clock } = world
  await hub.notifications.setPreferences('eve', { email: 'eve@example.com' })
  const metadata = { notification_channel: 'email', notify_own: true }
  const request = { userId: 'eve', topic: 'open', metadata }
  await hub.subscriptions.createTopicSubscription(request, testPrincipal('eve'))
  for (let count = 0; count < 30; count += 1) {
    await eve.publish('open', 'e', { message: `mine ${count}` })
    await clock.advance(10)
  }
  await clock.advance(5_000)
  expect(mails).toHaveLength(3)
  const kept = await hub.notifications.list({ userId: 'eve' })
  expect(kept.ok && kept.value.items.length).toBeLessThanOrEqual(10)
  const { eventNotifications, eventRoutes } = hub.figures().refused
  expect([eventNotifications, eventRoutes]).toEqual([20, 7])
})
