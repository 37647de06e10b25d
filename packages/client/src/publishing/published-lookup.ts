import { type ChannelEvent, ok, parsePosition, type Result } from '@coterie/protocol'
import { readHistoryReply } from '../channel/catch-up.ts'
import type { ChannelHost } from '../channel/channel-host.ts'
import { mayRetry } from '../connection/retry.ts'

const MAX_PAGE_EVENTS = 200
const MAX_PAGES = 20

/** The publish to look for. */
export interface LookupQuery {
  readonly channel: string
  readonly messageId: string | undefined
  readonly userId: string | null
  /** The log's position before the publish was sent; undefined when unknown. */
  readonly since: string | undefined
}

/** The result: the event, its absence, or no certainty. */
export type LookupOutcome = ChannelEvent | 'absent' | 'unknown'

/**
 * Looks for an event in a channel's log.
 *
 * @param settle takes the outcome, or an error after which a retry makes sense
 */
export function lookUpPublished(
  host: ChannelHost,
  query: LookupQuery,
  settle: (outcome: Result<LookupOutcome>) => void,
): void {
  const { channel, messageId, userId } = query
  const limit = Math.min(MAX_PAGE_EVENTS, host.limits.history_events)
  const ask = (since: string | undefined, page: number): void => {
    // Without a position, the newest events can show only that the event is there.
    const part = since === undefined ? { reverse: true } : { since }
    host.request({ type: 'history', channel, limit, ...part }, (result) => {
      if (!result.ok) {
        settle(mayRetry(result.error) ? result : ok('unknown'))
        return
      }
      const { events, position } = readHistoryReply(result.value)
      const found = events.find(({ id, from }) => id === messageId && from?.user_id === userId)
      const last = events.at(-1)?.position ?? since
      if (found) settle(ok(found))
      else if (since === undefined || position === null || last === undefined) settle(ok('unknown'))
      else if (hasReached(last, position)) settle(ok('absent'))
      else if (last === since || page >= MAX_PAGES) settle(ok('unknown'))
      else ask(last, page + 1)
    })
  }
  ask(query.since, 1)
}

function hasReached(text: string, target: string): boolean {
  const [position, end] = [parsePosition(text), parsePosition(target)]
  return position?.epoch === end?.epoch && (position?.offset ?? 0) >= (end?.offset ?? 1)
}
