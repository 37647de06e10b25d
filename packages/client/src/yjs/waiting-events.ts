import { type ChannelEvent, parsePosition } from '@coterie/protocol'

const MAX_WAITING = 10_000

/** Events of a channel that wait until the log before them was read. */
export class WaitingEvents {
  #events: ChannelEvent[] = []

  /** Adds an event. When there are too many, drops the older half: the log still has it. */
  keep(event: ChannelEvent): void {
    if (this.#events.length >= MAX_WAITING) this.#events = this.#events.slice(MAX_WAITING / 2)
    this.#events.push(event)
  }

  /** Removes and returns the events after the end of the log that was read. */
  take(end: string | undefined): readonly ChannelEvent[] {
    const events = this.#events
    this.clear()
    const read = parsePosition(end ?? '')
    return events.filter(({ position }) => {
      const own = parsePosition(position ?? '')
      return own?.epoch !== read?.epoch || (own?.offset ?? 0) > (read?.offset ?? 0)
    })
  }

  /** Discards all events. */
  clear(): void {
    this.#events = []
  }
}
