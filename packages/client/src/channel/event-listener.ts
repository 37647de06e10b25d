import { type ChannelEvent, type Position, parsePosition } from '@coterie/protocol'

// Beyond this, waiting events are delivered without the older ones.
const MAX_WAITING = 10_000

/** One handler of a channel's events, which may wait for older events first. */
export class EventListener {
  readonly #handler: (event: ChannelEvent) => void
  readonly #report: (error: unknown) => void
  readonly #event: string | undefined
  #waiting: ChannelEvent[] | undefined
  #first: Position | undefined
  #last: Position | undefined
  #isOver = false

  /** @param event the name of the events to handle; undefined handles all */
  constructor(
    handler: (event: ChannelEvent) => void,
    report: (error: unknown) => void,
    event?: string,
  ) {
    this.#handler = handler
    this.#report = report
    this.#event = event
  }

  /** Takes a live event. */
  hear(event: ChannelEvent): void {
    const position = parsePosition(event.position ?? '')
    // It was read from the log before it arrived live.
    if (position && isBefore(position, this.#last, true)) return
    this.#first ??= position
    if (!this.#waiting) {
      this.#handler(event)
      return
    }
    this.#waiting.push(event)
    if (this.#waiting.length > MAX_WAITING) this.begin([])
  }

  /** Holds back events from now on. */
  wait(): void {
    this.#waiting ??= []
  }

  /** Delivers older events that precede all delivered ones, then the held events. */
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

  /** Stops delivering. */
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
