import type { Clock } from '../ports/clock.ts'

/** Work that begins in one tick at most, in units of the smallest. */
const UNITS_PER_TICK = 256
/** Time in ms after which a tick begins no further work: the cost of work is known only afterwards. */
const TICK_MS = 10
/** Units that wait at most. Beyond it a tick takes what it takes, and sockets are read later. */
const MAX_WAITING_UNITS = 16_384

interface Entry<Item> {
  readonly item: Item
  readonly units: number
}

/**
 * Lets those who bring work take turns, and begins so much in a tick that
 * nobody waits long for the rest.
 *
 * Work begins at once while the tick has room and nobody waits. Beyond that,
 * one item of each source begins after the other, each source's in its order.
 */
export class FairQueue<Source, Item> {
  readonly #clock: Clock
  readonly #begin: (item: Item) => void
  /** What waits, the source whose turn is next first. */
  readonly #waiting = new Map<Source, Entry<Item>[]>()
  #units = UNITS_PER_TICK
  #waitingItems = 0
  #waitingUnits = 0
  /** Calls that are due after the tick, each of which begins one item. */
  #scheduled = 0
  #isArmed = false
  #armedAtMs = 0

  /** @param begin never throws */
  constructor(clock: Clock, begin: (item: Item) => void) {
    this.#clock = clock
    this.#begin = begin
  }

  /** Begins work now or in its turn. @param units what it costs, as far as can be told before */
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
    // What was begun beyond the budget is taken off the next ones.
    this.#units = Math.min(UNITS_PER_TICK, this.#units + UNITS_PER_TICK)
    if (this.#waitingItems > 0 || this.#units < UNITS_PER_TICK) this.#arm()
  }

  // A call for each: what an item does in promises has happened, and taken its time, before the
  // next one begins.
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
