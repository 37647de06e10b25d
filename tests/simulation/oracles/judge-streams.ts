import type { Position } from '@coterie/protocol'
import { differences } from './differences.ts'
import { type ReferenceLog, readPosition } from './reference-log.ts'

/** One event of a stream, as it came. */
export interface StreamEvent {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What happened to one who reads streams one after the other. */
export type StreamTold =
  /** A stream was opened for these channels, of which each log ended there. */
  | {
      readonly kind: 'opened'
      readonly channels: readonly string[]
      readonly tops: ReadonlyMap<string, Position>
    }
  | { readonly kind: 'event'; readonly event: StreamEvent }

/** Where a reader is in a log that nothing was written to. */
const NOWHERE: Position = { epoch: '', offset: 0 }

/**
 * Returns what is wrong with what a reader of streams was told, in words.
 *
 * @param logs all that was ever published, by channel
 * @param tops where each log ends at last, which the reader has to have reached
 */
export function judgeStreams(
  told: readonly StreamTold[],
  logs: ReadonlyMap<string, ReferenceLog>,
  tops: ReadonlyMap<string, Position>,
): string[] {
  const faults: string[] = []
  /** Where the reader is in each log of the stream that was opened last. */
  const places = new Map<string, Position>()
  for (const each of told) {
    if (each.kind === 'opened') {
      for (const channel of logs.keys()) {
        // What was in no stream before begins with the present.
        if (!each.channels.includes(channel)) places.delete(channel)
        else if (!places.has(channel)) places.set(channel, each.tops.get(channel) ?? NOWHERE)
      }
      continue
    }
    const { type, data } = each.event
    const channel = String(data.channel)
    if (type === 'gap' && typeof data.next === 'string') {
      const { epoch, offset } = readPosition(data.next)
      places.set(channel, { epoch, offset: offset - 1 })
    }
    if (type !== 'event' || data.position === undefined) continue
    const position = readPosition(String(data.position))
    const place = places.get(channel)
    if (logs.get(channel)?.at(position)?.id !== data.id) {
      faults.push(`phantom: ${data.id} at ${data.position} of ${channel}`)
    }
    const isSameLog = place?.epoch === position.epoch || place?.offset === 0
    if (!isSameLog || position.offset !== (place?.offset ?? 0) + 1) {
      faults.push(`${channel}: ${position.offset} follows ${place?.offset}, without a gap`)
    }
    places.set(channel, position)
  }
  for (const channel of logs.keys()) {
    faults.push(...differences(`${channel} was read to`, places.get(channel), tops.get(channel)))
  }
  return faults
}
