import { type ChannelEvent, type Position, parsePosition } from '@coterie/protocol'

/**
 * Lets each event of one channel through once, in order.
 *
 * While a join is under way live events are held: those of the reply, or of
 * the pages behind it, come first.
 */
export class EventSequence {
  readonly #deliver: (event: ChannelEvent) => void
  // The server's own words, since a position is opaque; and what they mean, to compare.
  #last: { readonly text: string; readonly position: Position } | undefined
  #held: ChannelEvent[] | undefined
  #life = 0

  constructor(deliver: (event: ChannelEvent) => void) {
    this.#deliver = deliver
  }

  /** The position to resume from; undefined when none was seen. */
  get since(): string | undefined {
    return this.#last?.text
  }

  /** Takes a live event. */
  receive(event: ChannelEvent): void {
    if (this.#held) this.#held.push(event)
    else this.#pass(event)
  }

  /** Takes events of the log, which go before everything held. */
  replay(events: readonly ChannelEvent[]): void {
    const life = this.#life
    for (const event of events) {
      this.#pass(event)
      // A handler may leave the channel: the rest is no longer for anybody.
      if (life !== this.#life) return
    }
  }

  /** Holds live events back from now on, and drops what was held. */
  hold(): void {
    this.#held = []
  }

  /** Lets the held events go, and live ones with them. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.replay(held)
  }

  /** Drops what was held, and holds nothing back any more. */
  drop(): void {
    this.#held = undefined
  }

  /** Counts everything up to a position as seen. */
  advance(text: string | null): void {
    const position = text === null ? undefined : parsePosition(text)
    if (text === null || !position || this.#hasSeen(position)) return
    this.#last = { text, position }
  }

  /** Tells whether everything up to a position was seen. */
  hasReached(text: string): boolean {
    const position = parsePosition(text)
    return position !== undefined && this.#hasSeen(position)
  }

  /** Tells whether an event continues what was seen, without a hole between. */
  isNext(event: ChannelEvent): boolean {
    const position = event.position === undefined ? undefined : parsePosition(event.position)
    const last = this.#last?.position
    if (!position || !last) return false
    return position.epoch === last.epoch && position.offset <= last.offset + 1
  }

  /** Forgets every position, so that whatever comes next is new. */
  reset(): void {
    this.#last = undefined
    this.#life += 1
  }

  #pass(event: ChannelEvent): void {
    const text = event.position
    if (text !== undefined) {
      const position = parsePosition(text)
      if (position && this.#hasSeen(position)) return
      // Moved before the delivery: a handler that leaves and joins again must not see it twice.
      if (position) this.#last = { text, position }
    }
    this.#deliver(event)
  }

  #hasSeen({ epoch, offset }: Position): boolean {
    const last = this.#last?.position
    return last !== undefined && last.epoch === epoch && offset <= last.offset
  }
}
