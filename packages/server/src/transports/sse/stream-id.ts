import { createHash } from 'node:crypto'
import { parsePosition } from '@coterie/protocol'

/** Stands in an `id` for a channel without a known position. */
export const NO_POSITION = '-'
/** Starts the entry that names the list of channels of an `id`. */
const LIST_MARK = '='
const LIST_HASH_CHARACTERS = 8

/** The position of one channel when a stream resumes. */
export interface StreamPlace {
  /** The position given for the channel, or `NO_POSITION`. */
  readonly since: string
  /** Positions of other channels of the earlier stream; one may belong to this log. */
  readonly others: readonly string[]
}

/** The `id` of a stream's events: the position of each listed channel. */
export class StreamId {
  readonly #indexes: ReadonlyMap<string, number>
  readonly #positions: string[]
  readonly #epochs: string[]
  readonly #list: string
  #isAmbiguous = false

  /** @param channels in the order of the query */
  constructor(channels: readonly string[]) {
    this.#indexes = new Map(channels.map((channel, index) => [channel, index]))
    this.#positions = channels.map(() => NO_POSITION)
    this.#epochs = channels.map(() => NO_POSITION)
    this.#list = listMark(channels)
  }

  /** True if there is a channel to resume. */
  get hasChannels(): boolean {
    return this.#positions.length > 0
  }

  /** Advances a channel to a position; null means none. Ignores channels not in the list. */
  advance(channel: string, position: string | null): void {
    const index = this.#indexes.get(channel)
    if (index === undefined) return
    this.#positions[index] = position ?? NO_POSITION
    const epoch = position === null ? NO_POSITION : epochOf(position)
    if (this.#epochs[index] === epoch) return
    this.#epochs[index] = epoch
    const known = this.#epochs.filter((each) => each !== NO_POSITION)
    this.#isAmbiguous = new Set(known).size < known.length
  }

  /** Returns the text of the `id`. */
  toString(): string {
    if (this.#positions.length === 0) return NO_POSITION
    const positions = this.#positions.join(',')
    // An epoch identifies the log of a position; patterns share one, so their list is named.
    return this.#isAmbiguous ? `${positions},${this.#list}` : positions
  }
}

/**
 * Reads the `id` of an earlier stream for a list of channels, which may differ
 * from the earlier list or its order.
 *
 * @returns a position for each channel, in the order of `channels`
 */
export function readStreamId(id: string, channels: readonly string[]): StreamPlace[] {
  const entries = id.split(',')
  const mark = entries.at(-1)?.startsWith(LIST_MARK) ? entries.pop() : undefined
  const isSameList = mark === undefined || mark === listMark(channels)
  const isInPlace = isSameList && entries.length === channels.length
  const positions = entries.filter((entry) => parsePosition(entry) !== undefined)
  const epochs = positions.map(epochOf)
  // If two positions have the same epoch, it is unknown which channel each belongs to.
  const distinct = positions.filter(
    (_, index) => epochs.indexOf(epochs[index] ?? '') === epochs.lastIndexOf(epochs[index] ?? ''),
  )
  return channels.map((_, index) => {
    const since = isInPlace ? (entries[index] ?? NO_POSITION) : NO_POSITION
    return { since, others: distinct.filter((position) => position !== since) }
  })
}

function epochOf(position: string): string {
  return position.slice(0, position.lastIndexOf(':'))
}

function listMark(channels: readonly string[]): string {
  const hash = createHash('sha256').update(channels.join(',')).digest('base64url')
  return `${LIST_MARK}${hash.slice(0, LIST_HASH_CHARACTERS)}`
}
