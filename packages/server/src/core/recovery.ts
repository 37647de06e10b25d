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

/** Bytes of missed payloads that a resume returns at most. */
export const MAX_RECOVERED_BYTES = 4 * 1_048_576
/** The part of the missed events in one reply; the rest follows as the client reads. */
const REPLY = { limit: 1_000, maxCharacters: 256 * 1_024 }
/** Approximate bytes of such a reply at most. */
export const MAX_REPLY_BYTES = 2 * REPLY.maxCharacters
/** The smallest read that shows whether anything follows a position. */
const PROBE = { limit: 1, maxCharacters: 1 }

/** The past of a channel, as its subscriber receives it. */
export interface Recovery {
  readonly events: readonly EventRecord[]
  /** The newest position that the events cover; null on a channel without history. */
  readonly covered: Position | null
  /** The newest position of the log; events after `covered` up to it are still to be sent. */
  readonly top: Position | null
  /** The subscriber has, or will get, all events after this position. */
  readonly from: Position | null
  readonly recovered: boolean
  readonly reason: RecoveryFailure | undefined
  /** Gaps in `events` where events cannot be read. */
  readonly damaged?: readonly LogHole[] | undefined
}

/** The past of a channel that a subscriber requests. */
export interface RecoveryRequest {
  /** The last position that the client saw, as the client sent it. */
  readonly since: string | undefined
  /** Other positions that the client sent; one may belong to this log. */
  readonly others?: readonly string[] | undefined
  /** How many of the last events to return if resuming is impossible. */
  readonly recent: number
  /** Events that a resume returns at most. */
  readonly maxEvents: number
  /** True where everything follows as the client reads, and nothing at once. */
  readonly isStream?: boolean | undefined
}

/** Reads the events missed since a position, or says why they are unavailable. */
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
  // At least one: the read also returns the position of the log.
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
