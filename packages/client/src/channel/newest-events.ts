import type { ChannelEvent, HistoryReply, RealtimeError } from '@coterie/protocol'
import { mayRetry } from '../connection/retry.ts'
import type { HistoryQuery } from './channel.ts'
import type { ChannelHost } from './channel-host.ts'
import { readLog } from './read-log.ts'

/** What reading the newest events needs from the channel. */
export interface NewestEventsParts {
  readonly host: ChannelHost
  readonly channel: string
  /** True while a reader still waits for the events. */
  isWanted(): boolean
}

/**
 * Reads the newest events of a log, oldest first.
 *
 * A page of large events ends early, so it may take several pages.
 *
 * @throws {RealtimeError} the server's refusal
 */
export async function readNewestEvents(
  parts: NewestEventsParts,
  count: number,
): Promise<readonly ChannelEvent[]> {
  const events: ChannelEvent[] = []
  while (events.length < count && parts.isWanted()) {
    const limit = Math.min(count - events.length, parts.host.limits.history_events)
    const since = events.at(-1)?.position
    const page = await readPage(parts, { limit, reverse: true, since })
    if (page.events.length === 0) break
    events.push(...page.events)
  }
  return events.reverse()
}

async function readPage(parts: NewestEventsParts, query: HistoryQuery): Promise<HistoryReply> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await readLog(parts.host, parts.channel, query)
    } catch (error) {
      const { host } = parts
      const refusal = error as RealtimeError
      if (!mayRetry(refusal) || host.hasEnded || !parts.isWanted()) throw error
      await new Promise<void>((resolve) => host.retry(refusal, failures, resolve))
    }
  }
}
