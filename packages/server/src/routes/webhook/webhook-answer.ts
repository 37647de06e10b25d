import { DeliveryError } from '../../ports/notification-sender.ts'
import { isTaken, type WebhookResponse } from './post-webhook.ts'

/** Refusals that may be over soon: request timeout, too early, too many requests. */
const PASSING_REFUSALS: ReadonlySet<number> = new Set([408, 425, 429])
const SECONDS = /^\d+$/

/**
 * Reads whether a receiver has taken a webhook.
 *
 * @throws {DeliveryError} when it has not; permanent for redirects and for refusals that will not pass
 */
export function checkAnswer({ status, retryAfter, excerpt }: WebhookResponse, nowMs: number): void {
  if (isTaken(status)) return
  const said = excerpt === '' ? '' : `: ${excerpt}`
  throw new DeliveryError(`the receiver answered ${status}${said}`, {
    isPermanent: status < 500 && !PASSING_REFUSALS.has(status),
    retryAfterMs: status === 429 || status === 503 ? pauseMs(retryAfter, nowMs) : undefined,
  })
}

function pauseMs(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined
  const ms = SECONDS.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - nowMs
  return ms > 0 ? ms : undefined
}
