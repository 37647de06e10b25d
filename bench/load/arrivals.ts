/** Something that counts the events it got. */
export interface Receiver {
  deliveries: number
  readonly ended: string | undefined
}

/** Two of the same would follow at once, in ms. */
const DUPLICATE_GRACE_MS = 100

/** Waits until each receiver has its expected number of events. */
export class Arrivals {
  readonly #receivers: readonly Receiver[]
  #expected = Number.POSITIVE_INFINITY
  #missing = 0
  #complete: PromiseWithResolvers<void> | undefined

  constructor(receivers: readonly Receiver[]) {
    this.#receivers = receivers
  }

  /** Must be called whenever a receiver's deliveries have grown. */
  note({ deliveries }: Receiver, grownBy: number): void {
    if (deliveries < this.#expected || deliveries - grownBy >= this.#expected) return
    this.#missing -= 1
    if (this.#missing === 0) this.#complete?.resolve()
  }

  /** Begins to count at nothing; resolves when each has got its events, or time is up. */
  async reach(each: number, timeoutMs: number): Promise<void> {
    for (const receiver of this.#receivers) receiver.deliveries = 0
    this.#expected = each
    this.#missing = this.#receivers.length
    this.#complete = Promise.withResolvers()
    const timer = setTimeout(() => this.#complete?.resolve(), timeoutMs)
    await this.#complete.promise
    clearTimeout(timer)
  }

  /** Gives what came too often the time to come. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, DUPLICATE_GRACE_MS))
  }

  /**
   * Begins to count at nothing; resolves when each has got its events.
   *
   * @throws {Error} when one got fewer in time, or more
   */
  async expect(each: number, timeoutMs: number): Promise<void> {
    await this.reach(each, timeoutMs)
    await this.settle()
    this.#verify(each)
  }

  /** Counts the receivers that did not get exactly this many. */
  countIncomplete(each: number): number {
    return this.#receivers.filter(({ deliveries }) => deliveries !== each).length
  }

  #verify(each: number): void {
    const incomplete = this.countIncomplete(each)
    if (incomplete === 0) return
    const total = this.#receivers.reduce((sum, { deliveries }) => sum + deliveries, 0)
    const ended = this.#receivers.find((receiver) => receiver.ended !== undefined)?.ended
    throw new Error(
      `${incomplete} of ${this.#receivers.length} receivers did not get exactly ${each} events; ` +
        `${total} of ${each * this.#receivers.length} arrived${ended ? `; one ended: ${ended}` : ''}`,
    )
  }
}
