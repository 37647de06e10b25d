import { lookup } from 'node:dns/promises'
import { checkOption, checkOptionsObject } from '@coterie/protocol'
import {
  DeliveryError,
  type NotificationSender,
  type OutgoingDelivery,
} from '../../ports/notification-sender.ts'
import { postWebhook, type WebhookRequest, type WebhookResponse } from './post-webhook.ts'
import { checkAnswer } from './webhook-answer.ts'
import { webhookKeys } from './webhook-secret.ts'
import { webhookHeaders } from './webhook-signature.ts'
import {
  type AllowedHosts,
  addressIn,
  allowedHosts,
  isAllowedHost,
  isPublicAddress,
  webhookUrlProblem,
} from './webhook-target.ts'

/** Options of a sender of webhooks. */
export interface WebhookSenderOptions {
  /**
   * Signs every webhook: `whsec_` and base64, or other text, at least 24 bytes.
   * With several each webhook has several signatures, so that a secret can be
   * replaced while receivers still know the old one.
   */
  readonly secrets: readonly string[]
  /**
   * Hosts, as `host` or `host:port`, that may be called by plain http and at
   * private addresses: those of an intranet that the application trusts.
   *
   * @default []
   */
  readonly allowedHosts?: readonly string[]
  /** Finds the addresses of a name. @default as the operating system does */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>
}

/**
 * Makes a sender that posts notifications to URLs, signed by Standard Webhooks.
 *
 * Users choose URLs, which must not reach into the server's own network: every
 * address of the host has to be public, and redirects are not followed.
 *
 * @throws {TypeError} for a bad option, naming it
 * @example
 * const sender = createWebhookSender({ secrets: [process.env.WEBHOOK_SECRET ?? ''] })
 */
export function createWebhookSender(options: WebhookSenderOptions): NotificationSender {
  return new WebhookSender(options)
}

class WebhookSender implements NotificationSender {
  readonly route = 'webhook'
  readonly #keys: readonly Buffer[]
  readonly #allowed: AllowedHosts
  readonly #resolve: (hostname: string) => Promise<readonly string[]>

  constructor(options: WebhookSenderOptions) {
    checkOptionsObject('createWebhookSender', options)
    const { secrets, allowedHosts: hosts = [], resolve = addressesOf } = options
    const isList = Array.isArray(hosts) && hosts.every((host) => typeof host === 'string')
    checkOption('allowedHosts', hosts, isList, 'a list of hosts, such as "intranet.example:8080"')
    checkOption('resolve', resolve, typeof resolve === 'function', 'a function')
    this.#keys = webhookKeys(secrets)
    this.#allowed = allowedHosts(hosts)
    this.#resolve = resolve
  }

  targetProblem(target: string): string | undefined {
    return webhookUrlProblem(target, this.#allowed)
  }

  async send(delivery: OutgoingDelivery, signal: AbortSignal): Promise<void> {
    // What was stored may be older than the rules of today.
    const problem = this.targetProblem(delivery.target)
    if (problem !== undefined) throw new DeliveryError(problem, { isPermanent: true })
    const url = new URL(delivery.target)
    const addresses = await this.#addresses(url)
    signal.throwIfAborted()
    const body = Buffer.from(JSON.stringify({ ...delivery.payload, user_id: delivery.userId }))
    const headers = { ...this.#headers(delivery, body), 'content-type': 'application/json' }
    const response = await post({ url, addresses, headers, body, signal })
    checkAnswer(response, delivery.attemptedAtMs)
  }

  #headers({ id, notificationId, attemptedAtMs }: OutgoingDelivery, body: Buffer) {
    const timestampSeconds = Math.floor(attemptedAtMs / 1_000)
    return {
      ...webhookHeaders({ id: `${notificationId}_${id}`, timestampSeconds, body }, this.#keys),
      'content-length': String(body.length),
      'user-agent': 'coterie-webhooks',
    }
  }

  /** Looks a host up once; what it means a moment later does not count. */
  async #addresses(url: URL): Promise<readonly string[]> {
    const literal = addressIn(url)
    const addresses = literal === undefined ? await this.#lookUp(url.hostname) : [literal]
    const hidden = addresses.find((address) => !isPublicAddress(address))
    if (hidden !== undefined && !isAllowedHost(url, this.#allowed)) {
      throw new DeliveryError(
        `a webhook goes to public addresses only, and ${url.hostname} is at ${hidden}`,
        { isPermanent: true },
      )
    }
    return addresses
  }

  async #lookUp(hostname: string): Promise<readonly string[]> {
    try {
      const addresses = await this.#resolve(hostname)
      if (addresses.length > 0) return addresses
    } catch (cause) {
      throw new DeliveryError(`${hostname} could not be looked up: ${reasonOf(cause)}`, {
        isPermanent: false,
        cause,
      })
    }
    throw new DeliveryError(`${hostname} has no address`, { isPermanent: false })
  }
}

async function addressesOf(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

async function post(request: WebhookRequest): Promise<WebhookResponse> {
  try {
    return await postWebhook(request)
  } catch (cause) {
    request.signal.throwIfAborted()
    const message = `the receiver could not be reached: ${reasonOf(cause)}`
    throw new DeliveryError(message, { isPermanent: false, cause })
  }
}

// Where several addresses were tried the message is empty and only the code tells.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error && String(error.code)) || error.name
}
