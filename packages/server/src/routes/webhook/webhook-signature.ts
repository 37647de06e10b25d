import { createHmac } from 'node:crypto'

/** What a webhook signs: https://www.standardwebhooks.com. */
export interface SignedWebhook {
  /** The same for every attempt at one delivery. */
  readonly id: string
  readonly timestampSeconds: number
  /** The body as it is sent, to the byte. */
  readonly body: string | Uint8Array
}

/** Signs a webhook by one key. */
export function signWebhook({ id, timestampSeconds, body }: SignedWebhook, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestampSeconds}.`).update(body).digest()
}

/** Makes the headers that identify a webhook, with one signature for each key. */
export function webhookHeaders(
  webhook: SignedWebhook,
  keys: readonly Buffer[],
): Record<string, string> {
  const signatures = keys.map((key) => `v1,${signWebhook(webhook, key).toString('base64')}`)
  return {
    'webhook-id': webhook.id,
    'webhook-timestamp': String(webhook.timestampSeconds),
    'webhook-signature': signatures.join(' '),
  }
}
