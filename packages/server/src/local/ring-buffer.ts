/** Slots that a buffer begins with; most never need more. */
const FIRST_SLOTS = 8

/** A queue that holds the newest values up to a bound, each taken in and out in constant time. */
export class RingBuffer<Value> {
  readonly #capacity: number
  #slots: (Value | undefined)[] = []
  #first = 0
  #size = 0

  /** @param capacity a whole number of at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#size
  }

  /** Takes a value in; true when the oldest had to go for it. */
  push(value: Value): boolean {
    if (this.#size === this.#slots.length) this.#grow()
    const isFull = this.#size === this.#slots.length
    this.#slots[(this.#first + this.#size) % this.#slots.length] = value
    if (isFull) this.#first = (this.#first + 1) % this.#slots.length
    else this.#size += 1
    return isFull
  }

  /** Takes the oldest value out; undefined when there is none. */
  shift(): Value | undefined {
    if (this.#size === 0) return undefined
    const value = this.#slots[this.#first]
    // A value that was taken must not be held any longer.
    this.#slots[this.#first] = undefined
    this.#first = (this.#first + 1) % this.#slots.length
    this.#size -= 1
    return value
  }

  clear(): void {
    this.#slots = []
    this.#first = 0
    this.#size = 0
  }

  #grow(): void {
    if (this.#slots.length === this.#capacity) return
    const slots = new Array<Value | undefined>(
      Math.min(this.#capacity, Math.max(FIRST_SLOTS, 2 * this.#slots.length)),
    )
    for (let index = 0; index < this.#size; index += 1) {
      slots[index] = this.#slots[(this.#first + index) % this.#slots.length]
    }
    this.#slots = slots
    this.#first = 0
  }
}
