import type { EngineListener, EventRecord, MapChange } from '../ports/engine.ts'

type Delivery = { readonly event: EventRecord } | { readonly change: MapChange }

/** Passes records to all listeners of one process in the same order. */
export class OrderedFanout {
  readonly #listeners = new Set<EngineListener>()
  #queue: Delivery[] = []
  #isDelivering = false

  add(listener: EngineListener): void {
    this.#listeners.add(listener)
  }

  remove(listener: EngineListener): void {
    this.#listeners.delete(listener)
  }

  event(event: EventRecord): void {
    this.#deliver({ event })
  }

  change(change: MapChange): void {
    this.#deliver({ change })
  }

  // A listener may publish while it handles an event; the second listener must still
  // get the first event first.
  #deliver(delivery: Delivery): void {
    this.#queue.push(delivery)
    if (this.#isDelivering) return
    this.#isDelivering = true
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
        for (const listener of this.#listeners) {
          if ('event' in next) listener.onEvent(next.event)
          else listener.onChange(next.change)
        }
      }
    } finally {
      this.#isDelivering = false
    }
  }
}
