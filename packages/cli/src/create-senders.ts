import { createWebhookSender } from '@coterie/server'
import { createSmtpSender } from '@coterie/server/routes/smtp'
import type { NotificationSender } from '@coterie/server/sender'
import type { Settings } from './settings.ts'

/** Makes a sender for each notification route that the settings configure. */
export function createSenders({
  webhooks,
  email,
}: Pick<Settings, 'webhooks' | 'email'>): NotificationSender[] {
  return [
    ...(webhooks ? [createWebhookSender(webhooks)] : []),
    ...(email ? [createSmtpSender(email)] : []),
  ]
}
