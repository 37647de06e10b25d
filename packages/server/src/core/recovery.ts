import {
  formatPosition,
  type Position,
  parsePosition,
  type RecoveryFailure,
} from '@coterie/protocol'
import type { Engine, EventRecord } from '../ports/engine.ts'

/** Bytes of missed events that one reply carries at most. */
const MAX_REPLY_BYTES = 4 * 1_048_576

/** What a subscriber is told of the past of a channel. */
export interface Recovery {
  readonly events: readonly EventRecord[]
  /** Live events up to this one are covered; null on a channel without history. */
  readonly top: Position | null
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
  engine: Engine,
  channel: string,
  { since, recent, maxEvents }: RecoveryRequest,
): Promise<Recovery> {
  if (since === undefined) return readRecent(engine, channel, recent, undefined)
  const position = parsePosition(since)
  if (!position) return readRecent(engine, channel, recent, 'unknown_epoch')
  const page = await engine.read(channel, { since: position, limit: maxEvents + 1 })
  if (!page.ok) return readRecent(engine, channel, recent, page.error)
  const { events, top } = page.value
  if (events.length > maxEvents || payloadBytes(events) > MAX_REPLY_BYTES) {
    return readRecent(engine, channel, recent, 'too_many')
  }
  return { events, top, recovered: true, reason: undefined }
}

/** Formats the position that a reply tells. */
export function replyPosition(top: Position | null): string | null {
  return top && formatPosition(top)
}

async function readRecent(
  engine: Engine,
  channel: string,
  recent: number,
  reason: RecoveryFailure | undefined,
): Promise<Recovery> {
  // The position is wanted even where no event is.
  const page = await engine.read(channel, { limit: Math.max(1, recent), reverse: true })
  if (!page.ok) throw new Error(`reading without a position cannot fail with ${page.error}`)
  const events = recent === 0 ? [] : page.value.events.toReversed()
  return { events, top: page.value.top, recovered: false, reason }
}

function payloadBytes(events: readonly EventRecord[]): number {
  return events.reduce((total, event) => total + event.payload.length, 0)
}
