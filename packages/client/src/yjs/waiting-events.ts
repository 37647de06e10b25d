import { type ChannelEvent, parsePosition } from '@coterie/protocol'

const MAX_WAITING = 10_000

/** Events of a channel that wait until what comes before them was read. */
export class WaitingEvents {
  #events: ChannelEvent[] = []

  /** Adds an event. Of too many the older half goes: the log brings it. */
  keep(event: ChannelEvent): void {
    if (this.#events.length >= MAX_WAITING) this.#events = this.#events.slice(MAX_WAITING / 2)
    this.#events.push(event)
  }

  /** Takes those that come after the end of the log as it was read. */
  take(end: string | undefined): readonly ChannelEvent[] {
    const events = this.#events
    this.clear()
    const read = parsePosition(end ?? '')
    return events.filter(({ position }) => {
      const own = parsePosition(position ?? '')
      return own?.epoch !== read?.epoch || (own?.offset ?? 0) > (read?.offset ?? 0)
    })
  }

  /** Forgets everything. */
  clear(): void {
    this.#events = []
  }
}
