import type { ChannelEvent, HistoryReply, RealtimeError } from '@coterie/protocol'
import { isRecord, readEvents, readGaps } from '../connection/frame-reader.ts'
import { mayRetry } from '../connection/retry.ts'
import type { ChannelHost } from './channel-host.ts'
import type { EventSequence } from './event-sequence.ts'

// A page of large events must not overflow the server's buffer for a slow receiver.
const MAX_PAGE_EVENTS = 200

/** What a catch-up works with, and what it reports. */
export interface CatchUpOptions {
  readonly host: ChannelHost
  readonly channel: string
  readonly sequence: EventSequence
  /** The position to reach. */
  readonly target: string
  onDone(): void
  /** Reports that the log no longer holds the missing events. */
  onHole(): void
}

/**
 * Pages through the log from the last seen position up to a target.
 *
 * Used when the missed events do not fit into one reply to `subscribe`.
 */
export class CatchUp {
  readonly #options: CatchUpOptions
  #isCancelled = false
  #failures = 0
  #cancelRetry: (() => void) | undefined

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** Requests the next page; reports a gap when there is none to request. */
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

  /** Stops without reporting anything further. */
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
    // A page that starts after the requested position leaves a gap.
    if (events[0] && sequence.isNext(events[0])) sequence.replay(events)
    // A handler may have left the channel, which cancels this catch-up.
    if (this.#isCancelled) return
    if (sequence.since === since) {
      // A page without progress would be requested for ever.
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
