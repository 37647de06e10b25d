import {
  err,
  type Position,
  parsePosition,
  type RecoveryFailure,
  type Result,
} from '@coterie/protocol'
import type { EventRecord, LogHole, LogPage } from '../ports/engine.ts'
import type { LogReader } from './log-reader.ts'
import { placeOf } from './log-subscription.ts'
import type { Membership } from './membership.ts'

/** Bytes of missed payloads that a resume brings at most. */
export const MAX_RECOVERED_BYTES = 4 * 1_048_576
/** What one reply carries of the past; what more there is follows as it is taken. */
const REPLY = { limit: 1_000, maxCharacters: 256 * 1_024 }
/** Bytes that such a reply has at most, roughly. */
export const MAX_REPLY_BYTES = 2 * REPLY.maxCharacters
/** What is read to learn whether anything follows a position. */
const PROBE = { limit: 1, maxCharacters: 1 }

/** What a subscriber is told of the past of a channel. */
export interface Recovery {
  readonly events: readonly EventRecord[]
  /** The newest position that the events cover; null on a channel without history. */
  readonly covered: Position | null
  /** The newest position of the log: what lies between the two is still to be sent. */
  readonly top: Position | null
  /** Where the events begin that the subscriber has, or gets. */
  readonly from: Position | null
  readonly recovered: boolean
  readonly reason: RecoveryFailure | undefined
  /** Where `events` leaves some out that cannot be read. */
  readonly damaged?: readonly LogHole[] | undefined
}

/** What a subscriber asks of the past of a channel. */
export interface RecoveryRequest {
  /** The last position seen, as the client gave it. */
  readonly since: string | undefined
  /** Other positions that the client gave, of which one may be that of this log. */
  readonly others?: readonly string[] | undefined
  /** Events wanted where nothing can be resumed. */
  readonly recent: number
  /** Events that a resume returns at most. */
  readonly maxEvents: number
  /** True where nothing is returned at once, and all of it follows as it is taken. */
  readonly isStream?: boolean | undefined
}

/** Reads what was missed since a position: where it begins, or the reason why it cannot be had. */
export async function recover(
  logs: LogReader,
  membership: Membership,
  request: RecoveryRequest,
): Promise<Recovery> {
  const { since, others = [] } = request
  if (!logs.hasLog(membership)) {
    const reason = since === undefined ? undefined : 'unknown_epoch'
    return { events: [], covered: null, top: null, from: null, recovered: false, reason }
  }
  if (since === undefined) return readRecent(logs, membership, request, undefined)
  const resumed = await resume(logs, membership, request, parsePosition(since))
  if (resumed.ok) return resumed.value
  const afresh = await readRecent(logs, membership, request, resumed.error)
  if (resumed.error !== 'unknown_epoch') return afresh
  const other = others.map(parsePosition).find((each) => each?.epoch === afresh.top?.epoch)
  const moved = other && (await resume(logs, membership, request, other))
  return moved?.ok ? moved.value : { ...afresh, reason: moved?.error ?? resumed.error }
}

async function resume(
  logs: LogReader,
  membership: Membership,
  { maxEvents, isStream }: RecoveryRequest,
  since: Position | undefined,
): Promise<Result<Recovery, RecoveryFailure>> {
  if (!since) return err('unknown_epoch')
  const within = { events: maxEvents, bytes: MAX_RECOVERED_BYTES }
  const size = isStream ? PROBE : REPLY
  const page = await logs.read(membership.channel, { ...size, since, within })
  if (!page.ok) return page
  const { events, top } = page.value
  const shown = isStream ? [] : events.filter((record) => logs.isFor(membership, record))
  const covered = isStream && events.length > 0 ? since : coveredBy(membership, page.value)
  const recovery = { events: shown, covered, top, from: since, recovered: true, reason: undefined }
  return { ok: true, value: recovery }
}

async function readRecent(
  logs: LogReader,
  membership: Membership,
  { recent }: RecoveryRequest,
  reason: RecoveryFailure | undefined,
): Promise<Recovery> {
  // The position is wanted even where no event is.
  const page = await logs.read(membership.channel, {
    limit: Math.max(1, recent),
    maxCharacters: MAX_RECOVERED_BYTES,
    reverse: true,
  })
  if (!page.ok) throw new Error(`reading without a position cannot fail with ${page.error}`)
  const { events, top, damaged } = page.value
  const shown = events.filter((record) => logs.isFor(membership, record))
  return {
    events: recent === 0 ? [] : shown.toReversed(),
    covered: top,
    top,
    from: top,
    recovered: false,
    reason,
    damaged: recent === 0 ? undefined : damaged,
  }
}

function coveredBy(membership: Membership, { events, top, isEnd }: LogPage): Position {
  const last = events.at(-1)
  return isEnd || !last ? top : (placeOf(membership, last) ?? top)
}
