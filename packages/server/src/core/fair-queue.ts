import type { Clock } from '../ports/clock.ts'

/** Units of work that start in one tick at most; the smallest work is one unit. */
const UNITS_PER_TICK = 256
/** A tick stops starting work after this time, in ms. The cost of work is unknown before it runs. */
const TICK_MS = 10
/** Units that wait at most. Beyond it work starts at once, which delays reading from sockets. */
const MAX_WAITING_UNITS = 16_384

interface Entry<Item> {
  readonly item: Item
  readonly units: number
}

/**
 * Lets sources of work take turns, and limits the work that starts in a tick so
 * that the event loop is not blocked for long.
 *
 * Work starts at once while the tick has room and nothing waits. Otherwise the
 * sources take turns, one item each; items of one source keep their order.
 */
export class FairQueue<Source, Item> {
  readonly #clock: Clock
  readonly #begin: (item: Item) => void
  /** Waiting work by source; the source with the next turn comes first. */
  readonly #waiting = new Map<Source, Entry<Item>[]>()
  #units = UNITS_PER_TICK
  #waitingItems = 0
  #waitingUnits = 0
  /** Callbacks scheduled after the tick; each starts one item. */
  #scheduled = 0
  #isArmed = false
  #armedAtMs = 0

  /** @param begin never throws */
  constructor(clock: Clock, begin: (item: Item) => void) {
    this.#clock = clock
    this.#begin = begin
  }

  /** Starts work now or in its turn. @param units the expected cost */
  add(source: Source, item: Item, units = 1): void {
    this.#arm()
    if (this.#waitingItems === 0 && this.#hasRoom()) {
      this.#units -= units
      this.#begin(item)
      return
    }
    const ofSource = this.#waiting.get(source)
    if (ofSource) ofSource.push({ item, units })
    else this.#waiting.set(source, [{ item, units }])
    this.#waitingItems += 1
    this.#waitingUnits += units
    while (this.#waitingUnits > MAX_WAITING_UNITS) this.#beginNext()
    this.#schedule()
  }

  #hasRoom(): boolean {
    return this.#units > 0 && this.#clock.elapsed() - this.#armedAtMs < TICK_MS
  }

  #arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    this.#armedAtMs = this.#clock.elapsed()
    this.#clock.afterTick(() => this.#nextTick())
  }

  #nextTick(): void {
    this.#isArmed = false
    // Work beyond the budget is subtracted from the budget of the next ticks.
    this.#units = Math.min(UNITS_PER_TICK, this.#units + UNITS_PER_TICK)
    if (this.#waitingItems > 0 || this.#units < UNITS_PER_TICK) this.#arm()
  }

  // One callback per item: so the promises of an item have settled, and their time has
  // been counted, before the next item starts.
  #schedule(): void {
    if (this.#scheduled >= Math.min(this.#waitingItems, UNITS_PER_TICK)) return
    this.#scheduled += 1
    this.#clock.afterTick(() => this.#takeTurn())
  }

  #takeTurn(): void {
    this.#scheduled -= 1
    if (this.#waitingItems > 0 && this.#hasRoom()) this.#beginNext()
    this.#schedule()
  }

  #beginNext(): void {
    for (const [source, entries] of this.#waiting) {
      const next = entries.shift()
      this.#waiting.delete(source)
      if (entries.length > 0) this.#waiting.set(source, entries)
      if (!next) return
      this.#units -= next.units
      this.#waitingItems -= 1
      this.#waitingUnits -= next.units
      this.#begin(next.item)
      return
    }
  }
}
