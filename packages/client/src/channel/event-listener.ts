import { type ChannelEvent, type Position, parsePosition } from '@coterie/protocol'

// What waits longer is handed over without what came before it.
const MAX_WAITING = 10_000

/** One handler of a channel's events, which may wait for older ones. */
export class EventListener {
  readonly #handler: (event: ChannelEvent) => void
  readonly #report: (error: unknown) => void
  readonly #event: string | undefined
  #waiting: ChannelEvent[] | undefined
  #first: Position | undefined
  #last: Position | undefined
  #isOver = false

  /** @param event the name of the events it hears; undefined hears all */
  constructor(
    handler: (event: ChannelEvent) => void,
    report: (error: unknown) => void,
    event?: string,
  ) {
    this.#handler = handler
    this.#report = report
    this.#event = event
  }

  /** Takes an event as it comes. */
  hear(event: ChannelEvent): void {
    const position = parsePosition(event.position ?? '')
    // Read from the log already, before it came.
    if (position && isBefore(position, this.#last, true)) return
    this.#first ??= position
    if (!this.#waiting) {
      this.#handler(event)
      return
    }
    this.#waiting.push(event)
    if (this.#waiting.length > MAX_WAITING) this.begin([])
  }

  /** Keeps back what comes from now on. */
  wait(): void {
    this.#waiting ??= []
  }

  /** Hands over older events, as far as they come before all that was heard, then what waited. */
  begin(older: readonly ChannelEvent[]): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const event of older) {
      const position = parsePosition(event.position ?? '')
      if (!position || (this.#first && !isBefore(position, this.#first, false))) continue
      this.#last = position
      if (this.#event === undefined || this.#event === event.event) this.#run(event)
    }
    for (const event of waiting) this.#run(event)
  }

  /** Hears nothing more. */
  end(): void {
    this.#isOver = true
    this.#waiting = undefined
  }

  #run(event: ChannelEvent): void {
    if (this.#isOver) return
    try {
      this.#handler(event)
    } catch (error) {
      this.#report(error)
    }
  }
}

function isBefore(position: Position, other: Position | undefined, orSame: boolean): boolean {
  if (other?.epoch !== position.epoch) return false
  return position.offset < other.offset || (orSame && position.offset === other.offset)
}
