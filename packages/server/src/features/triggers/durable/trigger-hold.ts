import type { Clock } from '../../../ports/clock.ts'
import type { Logger } from '../../../ports/logger.ts'
import type { TriggerProgress, TriggerRepository } from '../../../ports/trigger-repository.ts'

/** What holding a trigger needs. */
export interface TriggerHoldParts {
  readonly repository: TriggerRepository
  readonly clock: Clock
  readonly logger: Logger
  /** Names this run of this node. */
  readonly node: string
  /** How long a trigger stays with a node that has died, in ms. */
  readonly leaseMs: number
}

/** Renews the lease of a trigger for this node, until it is released or lost. */
export class TriggerHold {
  readonly progress: TriggerProgress
  readonly #parts: TriggerHoldParts
  readonly #name: string
  readonly #lost = new AbortController()
  #heldUntilMs: number
  #cancelTimer: () => void = () => {}
  #renewing: Promise<void> | undefined

  private constructor(
    parts: TriggerHoldParts,
    name: string,
    progress: TriggerProgress,
    heldUntilMs: number,
  ) {
    this.#parts = parts
    this.#name = name
    this.progress = progress
    this.#heldUntilMs = heldUntilMs
    this.#renewLater()
  }

  /** Leases a trigger; undefined where another node holds it. */
  static async take(parts: TriggerHoldParts, name: string): Promise<TriggerHold | undefined> {
    const { repository, clock, node, leaseMs } = parts
    // By the clock of this node the lease ends no later than by that of the store.
    const heldUntilMs = clock.elapsed() + leaseMs
    const nowMs = clock.now()
    const lease = await repository.lease(name, node, nowMs, nowMs + leaseMs)
    return lease.isHeld ? new TriggerHold(parts, name, lease.progress, heldUntilMs) : undefined
  }

  /** Aborted when another node may hold the trigger. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Notes that another node holds the trigger. */
  lose(): void {
    this.#cancelTimer()
    this.#lost.abort()
  }

  /** Releases the lease, so that another node can take the trigger at once. */
  async release(): Promise<void> {
    const { repository, logger, node } = this.#parts
    const wasLost = this.#lost.signal.aborted
    this.lose()
    if (wasLost) return
    // A renewal under way would take the lease again.
    await this.#renewing
    try {
      await repository.release(this.#name, node)
    } catch (error) {
      logger.warn({ trigger: this.#name, error }, 'a trigger is released when its lease ends')
    }
  }

  #renewLater(): void {
    const { clock, leaseMs } = this.#parts
    this.#cancelTimer = clock.setTimer(() => {
      this.#renewing = this.#renew()
    }, leaseMs / 3)
  }

  async #renew(): Promise<void> {
    const { repository, clock, logger, node, leaseMs } = this.#parts
    const heldUntilMs = clock.elapsed() + leaseMs
    const nowMs = clock.now()
    try {
      const lease = await repository.lease(this.#name, node, nowMs, nowMs + leaseMs)
      if (lease.isHeld) this.#heldUntilMs = heldUntilMs
      else this.lose()
    } catch (error) {
      logger.warn({ trigger: this.#name, error }, 'a trigger could not be held; trying again')
      if (clock.elapsed() >= this.#heldUntilMs) this.lose()
    }
    if (!this.#lost.signal.aborted) this.#renewLater()
  }
}
