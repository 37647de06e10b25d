import { createWebhookSender } from '@coterie/server'
import { createSmtpSender } from '@coterie/server/routes/smtp'
import type { NotificationSender } from '@coterie/server/sender'
import type { Settings } from './settings.ts'

/** Makes the routes that the settings have what it takes for. */
export function createSenders({
  webhooks,
  email,
}: Pick<Settings, 'webhooks' | 'email'>): NotificationSender[] {
  return [
    ...(webhooks ? [createWebhookSender(webhooks)] : []),
    ...(email ? [createSmtpSender(email)] : []),
  ]
}
