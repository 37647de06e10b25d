import {
  type ChannelEvent,
  type EventGap,
  formatPosition,
  type Position,
  parsePosition,
} from '@coterie/protocol'

// A log can return what exceeds this; without a log, a flood must not fill the memory.
const MAX_HELD = 10_000

/** Which position of an event applies: the one in its channel's log, or in a pattern's. */
export type PositionField = 'position' | 'pattern_position'

/**
 * Delivers each event of one channel or pattern once, in order.
 *
 * While a join is under way, live events are held: the events of the reply and
 * of the pages behind it are delivered first.
 */
export class EventSequence {
  readonly #deliver: (event: ChannelEvent) => void
  readonly #field: PositionField
  // The server's text, because a position is opaque, and its parsed form for comparison.
  #last: { readonly text: string; readonly position: Position } | undefined
  #held: (() => void)[] | undefined
  #hasOverflowed = false
  #life = 0

  constructor(deliver: (event: ChannelEvent) => void, field: PositionField = 'position') {
    this.#deliver = deliver
    this.#field = field
  }

  /** The position to resume from; undefined when no event was seen. */
  get since(): string | undefined {
    return this.#last?.text
  }

  /** Takes a live event. */
  receive(event: ChannelEvent): void {
    this.#holdOr(() => this.#pass(event))
  }

  /** Notes that everything before a position is lost; reports it unless it was seen. */
  skip(next: string | null, tell: () => void): void {
    this.#holdOr(() => {
      const position = parsePosition(next ?? '')
      if (position && this.#hasSeen(position)) return
      // The event at `next` itself is still expected.
      if (position) this.advance(formatPosition({ ...position, offset: position.offset - 1 }))
      tell()
    })
  }

  /**
   * Takes events of the log, which precede all held events.
   *
   * @param gaps where events are missing between them; reported in order
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

  /** Holds live events from now on and discards those held before. */
  hold(): void {
    this.#held = []
    this.#hasOverflowed = false
  }

  /** Delivers the held events and stops holding; false when some did not fit. */
  release(): boolean {
    const held = this.#held ?? []
    this.#held = undefined
    this.#run(held)
    return !this.#hasOverflowed
  }

  /** Discards the held events and stops holding. */
  drop(): void {
    this.#held = undefined
  }

  /** Marks everything up to a position as seen. */
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

  /** Tells whether an event directly follows the last seen one. */
  isNext(event: ChannelEvent): boolean {
    const position = parsePosition(event[this.#field] ?? '')
    const last = this.#last?.position
    if (!position || !last) return false
    return position.epoch === last.epoch && position.offset <= last.offset + 1
  }

  /** Forgets every position, so that any next event counts as new. */
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
      // A handler may have left the channel: the remaining events are for nobody.
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
