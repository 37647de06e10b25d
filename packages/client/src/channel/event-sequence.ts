import {
  type ChannelEvent,
  type EventGap,
  formatPosition,
  type Position,
  parsePosition,
} from '@coterie/protocol'

// A log gives back what exceeds this; without one, a flood must not fill the memory.
const MAX_HELD = 10_000

/** Which position of an event counts: that in its channel's log, or that in a pattern's. */
export type PositionField = 'position' | 'pattern_position'

/**
 * Lets each event of one channel, or of one pattern, through once, in order.
 *
 * While a join is under way live events are held: those of the reply, or of
 * the pages behind it, come first.
 */
export class EventSequence {
  readonly #deliver: (event: ChannelEvent) => void
  readonly #field: PositionField
  // The server's own words, since a position is opaque; and what they mean, to compare.
  #last: { readonly text: string; readonly position: Position } | undefined
  #held: (() => void)[] | undefined
  #hasOverflowed = false
  #life = 0

  constructor(deliver: (event: ChannelEvent) => void, field: PositionField = 'position') {
    this.#deliver = deliver
    this.#field = field
  }

  /** The position to resume from; undefined when none was seen. */
  get since(): string | undefined {
    return this.#last?.text
  }

  /** Takes a live event. */
  receive(event: ChannelEvent): void {
    this.#holdOr(() => this.#pass(event))
  }

  /** Takes word that what stands before a position is lost; tells it, unless it was seen. */
  skip(next: string | null, tell: () => void): void {
    this.#holdOr(() => {
      const position = parsePosition(next ?? '')
      if (position && this.#hasSeen(position)) return
      // The event at `next` itself is still to come.
      if (position) this.advance(formatPosition({ ...position, offset: position.offset - 1 }))
      tell()
    })
  }

  /**
   * Takes events of the log, which go before everything held.
   *
   * @param gaps where some are missing between them; told in their place
   */
  replay(
    events: readonly ChannelEvent[],
    gaps: readonly EventGap[] = [],
    tell: (gap: EventGap) => void = () => {},
  ): void {
    const waiting = [...gaps]
    const steps: (() => void)[] = []
    for (const event of events) {
      while (waiting[0] && isBefore(waiting[0].next, event[this.#field])) {
        const gap = waiting.shift() as EventGap
        steps.push(() => tell(gap))
      }
      steps.push(() => this.#pass(event))
    }
    this.#run([...steps, ...waiting.map((gap) => () => tell(gap))])
  }

  /** Holds live events back from now on, and drops what was held. */
  hold(): void {
    this.#held = []
    this.#hasOverflowed = false
  }

  /** Lets the held events go, and live ones with them; false when some could not be held. */
  release(): boolean {
    const held = this.#held ?? []
    this.#held = undefined
    this.#run(held)
    return !this.#hasOverflowed
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
    const position = parsePosition(event[this.#field] ?? '')
    const last = this.#last?.position
    if (!position || !last) return false
    return position.epoch === last.epoch && position.offset <= last.offset + 1
  }

  /** Forgets every position, so that whatever comes next is new. */
  reset(): void {
    this.#last = undefined
    this.#life += 1
  }

  #holdOr(run: () => void): void {
    if (!this.#held) run()
    else if (this.#held.length < MAX_HELD) this.#held.push(run)
    else this.#hasOverflowed = true
  }

  #run(steps: readonly (() => void)[]): void {
    const life = this.#life
    for (const step of steps) {
      step()
      // A handler may leave the channel: the rest is no longer for anybody.
      if (life !== this.#life) return
    }
  }

  #pass(event: ChannelEvent): void {
    const text = event[this.#field]
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

function isBefore(next: string, text: string | undefined): boolean {
  const [one, other] = [parsePosition(next), parsePosition(text ?? '')]
  return one !== undefined && one.epoch === other?.epoch && one.offset <= other.offset
}
