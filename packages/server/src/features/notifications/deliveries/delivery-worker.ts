import { DueTimer } from '../../../core/due-timer.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { ClaimedDelivery, DeliveryRepository } from '../../../ports/delivery-repository.ts'
import type { Logger } from '../../../ports/logger.ts'
import type { NotificationSender } from '../../../ports/notification-sender.ts'
import type { Random } from '../../../ports/random.ts'
import { attemptDelivery } from './attempt-delivery.ts'
import { emptyFigures, type FiguresByRoute } from './route-figures.ts'
import { settleDelivery } from './settle-delivery.ts'

/** Another process may have died with what it stored: so often it looks, in ms. */
const MAX_IDLE_MS = 60_000

/** What a delivery worker works with. */
export interface DeliveryWorkerParts {
  readonly deliveries: DeliveryRepository
  /** One for each route at most. */
  readonly senders: readonly NotificationSender[]
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  readonly logger: Logger
  /**
   * Decides which of the deliveries that are due are sent now, in their order,
   * and plans the others anew. @default all
   */
  review?(claimed: readonly ClaimedDelivery[]): Promise<readonly ClaimedDelivery[]>
  /** Called once a delivery is settled as sent. */
  onDone(delivery: ClaimedDelivery): void | Promise<void>
  /** Called once a delivery is settled as given up. */
  onDead(delivery: ClaimedDelivery): void | Promise<void>
}

/** How a delivery worker works. */
export interface DeliveryWorkerOptions {
  /** @default 16 */
  readonly maxInFlight?: number | undefined
  /** An attempt is over after this time, in ms. @default 10_000 */
  readonly timeoutMs?: number | undefined
  /**
   * Longer than an attempt, so that no other process repeats it meanwhile. In ms.
   * @default 60_000
   */
  readonly leaseMs?: number | undefined
}

/**
 * Sends what the store holds for routes outside of the hub, again and again
 * until it was taken or is given up.
 *
 * Several may work on one store. Each delivery is sent at least once: again
 * where a process dies between sending and noting it.
 */
export class DeliveryWorker {
  readonly #parts: DeliveryWorkerParts
  readonly #maxInFlight: number
  readonly #timeoutMs: number
  readonly #leaseMs: number
  readonly #senders: ReadonlyMap<string, NotificationSender>
  readonly #figures = emptyFigures()
  readonly #inFlight = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  readonly #timer: DueTimer
  #state: 'new' | 'running' | 'stopped' = 'new'
  #stopped: Promise<void> | undefined

  constructor(parts: DeliveryWorkerParts, options: DeliveryWorkerOptions = {}) {
    const { maxInFlight = 16, timeoutMs = 10_000, leaseMs = 60_000 } = options
    if (timeoutMs >= leaseMs) throw new RangeError('"timeoutMs" has to be less than "leaseMs"')
    this.#parts = parts
    this.#maxInFlight = maxInFlight
    this.#timeoutMs = timeoutMs
    this.#leaseMs = leaseMs
    this.#senders = new Map(parts.senders.map((sender) => [sender.route, sender]))
    this.#timer = new DueTimer({
      clock: parts.clock,
      logger: parts.logger,
      run: () => this.#claim(),
      failure: 'deliveries could not be claimed; trying again',
      maxIdleMs: MAX_IDLE_MS,
    })
  }

  /** Begins with what is due. The store has to be started. */
  start(): void {
    if (this.#state !== 'new') return
    this.#state = 'running'
    this.wake()
  }

  /** Looks for what is due: something was stored, or is to be sent again. */
  wake(): void {
    if (this.#state === 'running') this.#timer.wake()
  }

  /**
   * Claims nothing more, and waits for the attempts that are under way.
   *
   * @param graceMs those that take longer are broken off, in ms; they are made
   * again once their lease has ended, by whoever works then
   */
  stop(graceMs = 5_000): Promise<void> {
    this.#stopped ??= this.#end(graceMs)
    return this.#stopped
  }

  /** Counts what became of attempts by route. */
  figures(): Readonly<FiguresByRoute> {
    return structuredClone(this.#figures)
  }

  async #end(graceMs: number): Promise<void> {
    this.#state = 'stopped'
    const stopped = this.#timer.stop()
    const cancel = this.#parts.clock.setTimer(() => this.#stop.abort(), graceMs)
    await stopped
    await Promise.all(this.#inFlight)
    cancel()
    for (const sender of this.#senders.values()) sender.close?.()
  }

  async #claim(): Promise<number | undefined> {
    const { deliveries, clock } = this.#parts
    const free = this.#maxInFlight - this.#inFlight.size
    // Whichever finishes wakes.
    if (free <= 0) return undefined
    const claimed = await deliveries.claim(clock.now(), this.#leaseMs, free)
    if (this.#timer.isStopped) return undefined
    const ready = (await this.#parts.review?.(claimed)) ?? claimed
    if (this.#timer.isStopped) return undefined
    for (const delivery of ready) this.#begin(delivery)
    // Those that were planned anew may be due all the same, to another address.
    if (ready.length < claimed.length) this.#timer.wake()
    if (ready.length < claimed.length || claimed.length >= free) return undefined
    return deliveries.nextDueMs()
  }

  #begin(delivery: ClaimedDelivery): void {
    const run = this.#deliver(delivery)
      .catch((error: unknown) => {
        this.#parts.logger.error(
          { delivery: delivery.id, error },
          'a delivery could not be finished',
        )
      })
      .finally(() => {
        this.#inFlight.delete(run)
        this.wake()
      })
    this.#inFlight.add(run)
  }

  async #deliver(delivery: ClaimedDelivery): Promise<void> {
    const { clock, logger } = this.#parts
    const { id, route } = delivery
    const stop = this.#stop.signal
    const leaseEndMs = clock.elapsed() + this.#leaseMs
    const outcome = await attemptDelivery(delivery, {
      ...this.#parts,
      sender: this.#senders.get(route),
      timeoutMs: this.#timeoutMs,
      stop,
    })
    if (!outcome) return
    const isSettled = await settleDelivery(id, outcome, { ...this.#parts, leaseEndMs, stop })
    if (!isSettled) return
    this.#figures[route][outcome.status === 'waiting' ? 'retried' : outcome.status] += 1
    if (outcome.status === 'done') await this.#parts.onDone(delivery)
    if (outcome.status !== 'dead') return
    logger.warn({ delivery: id, route, error: outcome.error }, 'a delivery failed for good')
    await this.#parts.onDead(delivery)
  }
}
