import type { ChannelEvent, HistoryReply, RealtimeError } from '@coterie/protocol'
import { isRecord, readEvents, readGaps } from '../connection/frame-reader.ts'
import { mayRetry } from '../connection/retry.ts'
import type { ChannelHost } from './channel-host.ts'
import type { EventSequence } from './event-sequence.ts'

// A page of large events must not fill what the server holds for a slow receiver.
const MAX_PAGE_EVENTS = 200

/** What a catch-up works with and what it tells. */
export interface CatchUpOptions {
  readonly host: ChannelHost
  readonly channel: string
  readonly sequence: EventSequence
  /** The position to reach. */
  readonly target: string
  onDone(): void
  /** The log no longer holds what is missing. */
  onHole(): void
}

/**
 * Pages through the log from the last seen position up to another.
 *
 * For a reader who missed more than fits in one reply to `subscribe`.
 */
export class CatchUp {
  readonly #options: CatchUpOptions
  #isCancelled = false
  #failures = 0
  #cancelRetry: (() => void) | undefined

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** Asks for the next page, or says that there is none to ask for. */
  next(): void {
    const { host, channel, sequence, target, onDone } = this.#options
    if (sequence.hasReached(target)) {
      onDone()
      return
    }
    const { since } = sequence
    const limit = Math.min(MAX_PAGE_EVENTS, host.limits.history_events)
    host.request({ type: 'history', channel, since, limit }, (result) => {
      if (this.#isCancelled) return
      if (result.ok) this.#receive(readHistoryReply(result.value).events)
      else this.#failed(result.error)
    })
  }

  /** Stops without another word. */
  cancel(): void {
    this.#isCancelled = true
    this.#cancelRetry?.()
  }

  #failed(error: RealtimeError): void {
    if (mayRetry(error)) {
      this.#cancelRetry = this.#options.host.retry(error, this.#failures, () => this.next())
      this.#failures += 1
    } else this.#options.onHole()
  }

  #receive(events: readonly ChannelEvent[]): void {
    const { sequence, onHole } = this.#options
    const { since } = sequence
    // A page that starts later than it was asked for is a hole.
    if (events[0] && sequence.isNext(events[0])) sequence.replay(events)
    // A handler may have left the channel, and with it this catch-up.
    if (this.#isCancelled) return
    if (sequence.since === since) {
      // A page that leads nowhere would be asked for again for ever.
      onHole()
    } else {
      this.#failures = 0
      this.next()
    }
  }
}

/** Reads the reply to `history`, leniently. */
export function readHistoryReply(payload: unknown): HistoryReply {
  const { events, position, gaps } = isRecord(payload) ? payload : {}
  return {
    events: readEvents(events),
    position: typeof position === 'string' ? position : null,
    ...(gaps !== undefined && { gaps: readGaps(gaps) }),
  }
}
