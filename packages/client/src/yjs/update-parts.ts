import { type ClientLimits, formatPosition, parsePosition } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'

/** Maximum characters of one part. */
const MAX_PART_CHARACTERS = 40_000
/** Maximum number of incomplete updates. */
const MAX_OPEN = 100
/** Number of events within which all parts of an update arrive; otherwise it is resent. */
export const MAX_SPAN = 500

/** A part of an update, as an event carries it. */
export type UpdatePart = {
  /** The same for all parts of one update; `<sender>-<number>`. */
  readonly id: string
  readonly part: number
  readonly parts: number
  readonly data: string
}

interface OpenUpdate {
  readonly sender: string
  /** The offset of the first part in its log. */
  readonly offset: number
  readonly texts: string[]
}

/** Returns the maximum characters of a part, so that its frame fits the server's limit. */
export function partCharactersOf({ frame_bytes: frameBytes }: ClientLimits): number {
  return Math.min(MAX_PART_CHARACTERS, Math.floor(frameBytes / 2))
}

/** Cuts a text into parts. */
export function cut(text: string, characters: number): string[] {
  const parts: string[] = []
  for (let start = 0; start === 0 || start < text.length; start += characters) {
    parts.push(text.slice(start, start + characters))
  }
  return parts
}

/** Reassembles updates from their parts; ids of different senders do not collide. */
export class UpdateParts {
  readonly #open = new Map<string, OpenUpdate>()

  /** The offset of the oldest part of an incomplete update; undefined without one. */
  get oldestOffset(): number | undefined {
    const offsets = [...this.#open.values()].map(({ offset }) => offset)
    return offsets.length > 0 ? Math.min(...offsets) : undefined
  }

  /** Returns the position up to which all updates are whole, of a log that was read up to `last`. */
  wholePosition(last: string | undefined): string | undefined {
    const position = parsePosition(last ?? '')
    const open = this.oldestOffset
    if (!position || open === undefined) return position && last
    return formatPosition({ ...position, offset: open - 1 })
  }

  /** Takes a part; returns the update's text after the last part, else undefined. */
  take(userId: string, payload: unknown, offset: number): string | undefined {
    const part = readPart(payload)
    if (!part) return undefined
    const sender = `${userId} ${part.id.slice(0, part.id.lastIndexOf('-'))}`
    const key = `${userId} ${part.id}`
    this.#abandon(sender, key, offset)
    if (part.parts === 1) return part.data
    const known = this.#open.get(key)
    // A part out of sequence belongs to an update whose beginning was lost.
    if (part.part > 0 && known?.texts.length !== part.part) {
      this.#open.delete(key)
      return undefined
    }
    const open = part.part > 0 && known ? known : { sender, offset, texts: [] }
    open.texts.push(part.data)
    this.#open.set(key, open)
    if (open.texts.length < part.parts) {
      if (this.#open.size > MAX_OPEN) this.#open.delete(this.#open.keys().next().value as string)
      return undefined
    }
    this.#open.delete(key)
    return open.texts.join('')
  }

  /** Discards all parts. */
  clear(): void {
    this.#open.clear()
  }

  // A sender that begins another update has abandoned the previous one and resends it in full.
  #abandon(sender: string, key: string, offset: number): void {
    for (const [other, open] of this.#open) {
      const isOver = offset - open.offset > MAX_SPAN
      if (isOver || (open.sender === sender && other !== key)) this.#open.delete(other)
    }
  }
}

function readPart(payload: unknown): UpdatePart | undefined {
  if (!isRecord(payload)) return undefined
  const { id, part, parts, data } = payload
  const isPart =
    typeof id === 'string' &&
    typeof data === 'string' &&
    Number.isSafeInteger(part) &&
    Number.isSafeInteger(parts) &&
    (part as number) >= 0 &&
    (parts as number) >= 1
  return isPart ? ({ id, part, parts, data } as UpdatePart) : undefined
}

/** Tells whether an event has a part of an update that a binding of this name sent. */
export function isPartBy(name: string, payload: unknown): boolean {
  return isRecord(payload) && String(payload.id).startsWith(`${name}-`)
}
