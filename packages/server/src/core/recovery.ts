import { type Position, parsePosition, type RecoveryFailure } from '@coterie/protocol'
import type { EventRecord } from '../ports/engine.ts'
import type { LogReader } from './log-reader.ts'
import type { Membership } from './membership.ts'

/** Characters of missed events that one reply carries at most. */
const MAX_REPLY_CHARACTERS = 4 * 1_048_576

/** What a subscriber is told of the past of a channel. */
export interface Recovery {
  readonly events: readonly EventRecord[]
  /** Live events up to this one are covered; null on a channel without history. */
  readonly top: Position | null
  /** Where the events begin that the subscriber has, or gets. */
  readonly from: Position | null
  readonly recovered: boolean
  readonly reason: RecoveryFailure | undefined
}

/** What a subscriber asks of the past of a channel. */
export interface RecoveryRequest {
  /** The last position seen, as the client gave it. */
  readonly since: string | undefined
  /** Events wanted where nothing can be resumed. */
  readonly recent: number
  /** Events that a resume returns at most. */
  readonly maxEvents: number
}

/** Reads what was missed since a position: all of it, or the reason why not. */
export async function recover(
  logs: LogReader,
  membership: Membership,
  { since, recent, maxEvents }: RecoveryRequest,
): Promise<Recovery> {
  if (!logs.hasLog(membership)) {
    const reason = since === undefined ? undefined : 'unknown_epoch'
    return { events: [], top: null, from: null, recovered: false, reason }
  }
  const readAfresh = (reason: RecoveryFailure | undefined): Promise<Recovery> =>
    readRecent(logs, membership, recent, reason)
  if (since === undefined) return readAfresh(undefined)
  const position = parsePosition(since)
  if (!position) return readAfresh('unknown_epoch')
  const page = await logs.read(membership.channel, {
    since: position,
    limit: maxEvents,
    maxCharacters: MAX_REPLY_CHARACTERS,
  })
  if (!page.ok) return readAfresh(page.error)
  const { top, isEnd } = page.value
  if (!isEnd) return readAfresh('too_many')
  const events = page.value.events.filter((record) => logs.isFor(membership, record))
  return { events, top, from: position, recovered: true, reason: undefined }
}

async function readRecent(
  logs: LogReader,
  membership: Membership,
  recent: number,
  reason: RecoveryFailure | undefined,
): Promise<Recovery> {
  // The position is wanted even where no event is.
  const page = await logs.read(membership.channel, {
    limit: Math.max(1, recent),
    maxCharacters: MAX_REPLY_CHARACTERS,
    reverse: true,
  })
  if (!page.ok) throw new Error(`reading without a position cannot fail with ${page.error}`)
  const { events, top } = page.value
  const shown = events.filter((record) => logs.isFor(membership, record))
  return {
    events: recent === 0 ? [] : shown.toReversed(),
    top,
    from: top,
    recovered: false,
    reason,
  }
}
