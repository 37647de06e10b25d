import { errorText } from '../../../core/error-text.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { ClaimedDelivery, DeliveryOutcome } from '../../../ports/delivery-repository.ts'
import { DeliveryError, type NotificationSender } from '../../../ports/notification-sender.ts'
import type { Random } from '../../../ports/random.ts'
import { describePayload, isExpired } from '../notification.ts'
import { retryPauseMs } from './retry-schedule.ts'

/** With what an attempt is made. */
export interface AttemptParts {
  /** Undefined where this process has none for the route. */
  readonly sender: NotificationSender | undefined
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  /** The attempt is over after this time, in ms. */
  readonly timeoutMs: number
  /** Ends the attempt without an outcome. */
  readonly stop: AbortSignal
}

/**
 * Sends once and decides what follows: done, again later, or given up.
 *
 * @returns undefined when it was stopped: whether it arrived is not known
 */
export async function attemptDelivery(
  delivery: ClaimedDelivery,
  parts: AttemptParts,
): Promise<DeliveryOutcome | undefined> {
  try {
    await send(delivery, parts)
    return { status: 'done' }
  } catch (error) {
    if (parts.stop.aborted) return undefined
    return afterFailure(delivery, error, parts)
  }
}

async function send(
  delivery: ClaimedDelivery,
  { sender, clock, timeoutMs, stop }: AttemptParts,
): Promise<void> {
  const { notification, id, notificationId, userId, route, target } = delivery
  const attemptedAtMs = clock.now()
  if (isExpired(notification, attemptedAtMs)) {
    throw new DeliveryError('the notification expired before it could be sent', {
      isPermanent: true,
    })
  }
  // Not permanent: while the configuration changes, another process may have a sender.
  if (!sender) throw new Error(`no sender is configured for the route ${route}`)
  const payload = describePayload(notification)
  const outgoing = { id, notificationId, userId, route, target, payload, attemptedAtMs }
  const limit = new AbortController()
  const cancel = clock.setTimer(
    () => limit.abort(new Error(`not sent within ${timeoutMs} ms`)),
    timeoutMs,
  )
  const signal = AbortSignal.any([stop, limit.signal])
  try {
    // A sender that does not listen to the signal cannot hold the place of others.
    await Promise.race([sender.send(outgoing, signal), rejectedOnAbort(signal)])
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error
  } finally {
    cancel()
  }
}

function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function afterFailure(
  { attempts }: ClaimedDelivery,
  failure: unknown,
  { clock, random }: AttemptParts,
): DeliveryOutcome {
  const error = errorText(failure)
  const known = failure instanceof DeliveryError ? failure : undefined
  if (known?.isPermanent) return { status: 'dead', error }
  const pauseMs = retryPauseMs(attempts + 1, random, known?.retryAfterMs)
  if (pauseMs === undefined) return { status: 'dead', error }
  return { status: 'waiting', dueAtMs: clock.now() + pauseMs, error }
}
