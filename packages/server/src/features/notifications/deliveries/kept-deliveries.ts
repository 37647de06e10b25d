import { ok, type Result, refuse } from '@coterie/protocol'
import type { Clock } from '../../../ports/clock.ts'
import type {
  DeliveryQuery,
  DeliveryRepository,
  StoredDelivery,
} from '../../../ports/delivery-repository.ts'
import type { DeliveryWorker } from './delivery-worker.ts'

const MAX_LISTED = 100

/** The deliveries that are stored, for the application. */
export class KeptDeliveries {
  readonly #repository: DeliveryRepository
  readonly #worker: DeliveryWorker
  readonly #clock: Clock

  constructor(repository: DeliveryRepository, worker: DeliveryWorker, clock: Clock) {
    this.#repository = repository
    this.#worker = worker
    this.#clock = clock
  }

  async list(query: Partial<DeliveryQuery>): Promise<Result<readonly StoredDelivery[]>> {
    const limit = Math.min(MAX_LISTED, query.limit ?? MAX_LISTED)
    return ok(await this.#repository.list({ ...query, limit }))
  }

  /** Sends a delivery again that was given up; refused with `conflict` where it was not. */
  async retry(id: number): Promise<Result<StoredDelivery>> {
    const revived = await this.#repository.revive(id, this.#clock.now())
    if (revived) {
      this.#worker.wake()
      return ok(revived)
    }
    const known = await this.#repository.find(id)
    return known
      ? refuse('conflict', `the delivery is ${known.status}; only a dead one is sent again`)
      : refuse('not_found', 'Delivery not found')
  }
}
