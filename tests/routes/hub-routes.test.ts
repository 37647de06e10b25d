import { createWebhookSender, verifyWebhook } from '@coterie/server'
import { createSmtpSender } from '@coterie/server/routes/smtp'
import { createTestHub, FakeClock } from '@coterie/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MailServer } from './mail-server.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
const NIGHT_MS = Date.UTC(2026, 0, 11, 23)

let receiver: WebhookReceiver
let mailServer: MailServer

beforeEach(async () => {
  receiver = new WebhookReceiver()
  mailServer = new MailServer()
  await receiver.listen()
  await mailServer.listen()
})

afterEach(async () => {
  await receiver.close()
  await mailServer.close()
})

/** A hub whose user ada has an address and a URL. */
async function setUp() {
  const clock = new FakeClock(NIGHT_MS)
  const host = `127.0.0.1:${receiver.port}`
  const webhookUrl = `http://${host}/hook`
  const { hub } = await createTestHub({
    clock,
    senders: [
      createWebhookSender({ secrets, allowedHosts: [host] }),
      createSmtpSender({ url: `smtp://127.0.0.1:${mailServer.port}`, from: 'hub@example.com' }),
    ],
  })
  const preferences = { email: 'ada@example.com', webhookUrl }
  const set = await hub.notifications.setPreferences('ada', preferences)
  expect(set.ok).toBe(true)
  const notify = async (more: Partial<Parameters<typeof hub.notifications.create>[0]>) => {
    const created = await hub.notifications.create({
      title: 'Hello',
      message: 'Look at it.',
      recipients: ['ada'],
      ...more,
    })
    if (!created.ok) throw created.error
    return created.value.id
  }
  const statusOf = async (id: string) => {
    const found = await hub.notifications.find(id)
    return found.ok ? found.value.status : found.error.code
  }
  return { hub, clock, notify, statusOf, preferences }
}

it('brings a notification by webhook, which is delivered once it was taken', async () => {
  const { clock, notify, statusOf } = await setUp()
  const id = await notify({ channels: ['webhook'] })
  await expect.poll(() => statusOf(id)).toBe('delivered')
  const { headers = {}, body = '' } = receiver.requests[0] ?? {}
  expect(verifyWebhook({ secrets, headers, body, nowMs: clock.now() }).ok).toBe(true)
  expect(JSON.parse(body)).toMatchObject({ id, title: 'Hello', user_id: 'ada' })
})

it('brings one by e-mail where its metadata says so', async () => {
  const { notify, statusOf } = await setUp()
  const id = await notify({ metadata: { notification_channel: 'email' } })
  await expect.poll(() => statusOf(id)).toBe('delivered')
  expect(mailServer.mails).toMatchObject([{ recipients: ['ada@example.com'] }])
})

it('has failed where the only route gave up, and is sent again by a retry', async () => {
  const { hub, notify, statusOf } = await setUp()
  receiver.answer = (response) => response.writeHead(410).end()
  const id = await notify({ channels: ['webhook'] })
  await expect.poll(() => statusOf(id)).toBe('failed')
  const dead = await hub.notifications.deliveries({ status: 'dead' })
  expect(dead).toMatchObject({ ok: true, value: [{ lastError: 'the receiver answered 410' }] })
  receiver.answer = (response) => response.end()
  await hub.notifications.retryDelivery(dead.ok ? (dead.value[0]?.id ?? 0) : 0)
  await expect.poll(() => receiver.requests.length).toBe(2)
})

it('waits with mails until quiet hours end', async () => {
  const { hub, clock, notify, preferences } = await setUp()
  const quietHours = { start: '22:00', end: '07:00', timeZone: 'UTC' }
  await hub.notifications.setPreferences('ada', { ...preferences, quietHours })
  await notify({ channels: ['email'] })
  await notify({ channels: ['email'], title: 'Fire', priority: 'emergency' })
  await expect.poll(() => mailServer.mails.length).toBe(1)
  expect(mailServer.mails[0]?.source).toContain('Subject: Fire')
  await clock.advance(8 * 3_600_000 - 1)
  expect(mailServer.mails).toHaveLength(1)
  await clock.advance(60_000)
  await expect.poll(() => mailServer.mails.length).toBe(2)
})

it('goes to the inbox where the user has no address, or muted types by no way', async () => {
  const { hub, notify } = await setUp()
  await hub.notifications.setPreferences('ada', { mutedTypes: ['comment'] })
  await notify({ channels: ['email', 'webhook'] })
  await notify({ type: 'comment', channels: ['in-app', 'email'] })
  expect(await hub.notifications.unreadCount('ada')).toEqual({ ok: true, value: 1 })
  expect(await hub.notifications.deliveries({})).toEqual({ ok: true, value: [] })
})

it('refuses preferences that lead to a private address', async () => {
  const { hub } = await setUp()
  const refused = await hub.notifications.setPreferences('ada', { webhookUrl: 'https://10.0.0.1' })
  expect(refused).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
})
