import { outagePauseMs } from '../../../core/retry-pause.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { DeliveryOutcome, DeliveryRepository } from '../../../ports/delivery-repository.ts'
import type { Logger } from '../../../ports/logger.ts'
import { sleep } from '../../../ports/sleep.ts'

/** With what an outcome is noted. */
export interface SettleParts {
  readonly deliveries: Pick<DeliveryRepository, 'settle'>
  readonly clock: Clock
  readonly logger: Logger
  /** Until when nobody else has the delivery, by `clock.elapsed()`. */
  readonly leaseEndMs: number
  /** Ends the wait for a store that is away. */
  readonly stop: AbortSignal
}

/**
 * Notes what became of an attempt. A store that fails is asked again until the
 * lease ends: what is not noted is sent once more.
 *
 * @returns false when it could not be noted
 */
export async function settleDelivery(
  id: number,
  outcome: DeliveryOutcome,
  { deliveries, clock, logger, leaseEndMs, stop }: SettleParts,
): Promise<boolean> {
  for (let failures = 1; ; failures += 1) {
    try {
      await deliveries.settle(id, outcome)
      return true
    } catch (error) {
      logger.warn({ delivery: id, error }, 'the outcome of a delivery could not be stored')
      const pauseMs = outagePauseMs(failures)
      if (stop.aborted || clock.elapsed() + pauseMs >= leaseEndMs) return false
      await sleep(clock, pauseMs, stop)
    }
  }
}
