import { formatPosition, type SubscribeReply, type SubscribeReplyPart } from '@coterie/protocol'
import type { TextPieces } from '../ports/transport.ts'
import { eventGaps } from './event-gaps.ts'
import type { Recovery } from './recovery.ts'

/** A part of a reply as JSON text, so that many replies can share it. */
export class WrittenPart {
  readonly pieces: TextPieces

  constructor(pieces: TextPieces) {
    this.pieces = pieces
  }
}

/** The fields that a feature adds to the reply of a subscribe, by name. */
export type ReplyParts = {
  readonly [Part in SubscribeReplyPart]?: SubscribeReply[Part] | WrittenPart
}

/** Writes parts as the last members of a JSON object, each with a comma before it. */
export function writeParts(parts: ReplyParts): TextPieces {
  return Object.entries(parts).flatMap(([name, value]) =>
    value === undefined ? [] : [`,"${name}":`, ...piecesOf(value)],
  )
}

/**
 * Writes the reply of a subscribe as the text of a JSON object.
 *
 * @param events the missed events as the text of a JSON array
 * @param parts fields that features add, as `writeParts` writes them
 */
export function writeSubscribeReply(
  channel: string,
  { covered, recovered, reason, damaged }: Recovery,
  events: Buffer,
  parts: TextPieces,
): TextPieces {
  const position = covered && formatPosition(covered)
  const fields = { channel, position, recovered, reason, gaps: eventGaps(damaged) }
  const head = JSON.stringify(fields satisfies Omit<SubscribeReply, SubscribeReplyPart | 'events'>)
  return [`${head.slice(0, -1)},"events":`, events, ...parts, '}']
}

function piecesOf(value: unknown): TextPieces {
  return value instanceof WrittenPart ? value.pieces : [JSON.stringify(value)]
}
