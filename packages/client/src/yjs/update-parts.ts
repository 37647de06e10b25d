import { isRecord } from '../frame-reader.ts'

/** Characters of one part: with what is around it, it fits into a frame. */
const PART_CHARACTERS = 40_000
/** Updates of which only a part has come, at most. */
const MAX_OPEN = 100

/** A part of an update, as an event carries it. */
export type UpdatePart = {
  /** The same in all parts of one update. */
  readonly id: string
  readonly part: number
  readonly parts: number
  readonly data: string
}

/** Cuts a text into parts that fit into a frame each. */
export function cut(text: string): string[] {
  const parts: string[] = []
  for (let start = 0; start === 0 || start < text.length; start += PART_CHARACTERS) {
    parts.push(text.slice(start, start + PART_CHARACTERS))
  }
  return parts
}

/** Puts the parts of updates together again; each sender's own ids are apart from all others'. */
export class UpdateParts {
  readonly #open = new Map<string, string[]>()

  /** True where an update has come in part. */
  get hasOpen(): boolean {
    return this.#open.size > 0
  }

  /** Takes a part; returns the text of the update when it is the last, undefined before. */
  take(sender: string, payload: unknown): string | undefined {
    const part = readPart(payload)
    if (!part) return undefined
    if (part.parts === 1) return part.data
    const key = `${sender} ${part.id}`
    const parts = this.#open.get(key) ?? []
    // A part that does not follow is of an update whose begin was lost.
    if (parts.length !== part.part) {
      this.#open.delete(key)
      return undefined
    }
    parts.push(part.data)
    if (parts.length === part.parts) {
      this.#open.delete(key)
      return parts.join('')
    }
    this.#open.set(key, parts)
    if (this.#open.size > MAX_OPEN) this.#open.delete(this.#open.keys().next().value as string)
    return undefined
  }

  /** Forgets what came in part. */
  clear(): void {
    this.#open.clear()
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
    (parts as number) >= 1
  return isPart ? ({ id, part, parts, data } as UpdatePart) : undefined
}
