import { type Position, parsePosition } from '@coterie/protocol'

/** An event that a reference log holds. */
export interface Entry {
  readonly id: string
  readonly channel: string
  readonly position: Position
}

/** All that was ever published to one channel: never trimmed, whatever the engine does. */
export class ReferenceLog {
  readonly #channel: string
  readonly #byEpoch = new Map<string, Map<number, Entry>>()
  readonly #tops = new Map<string, number>()
  #last: Position | undefined

  constructor(channel: string) {
    this.#channel = channel
  }

  /**
   * Adds an event that the server acknowledged with this position.
   *
   * @throws {Error} when the position was handed out before, or leaves one out
   */
  add(id: string, text: string): void {
    const position = readPosition(text)
    const { epoch, offset } = position
    const entries = this.#byEpoch.get(epoch) ?? new Map<number, Entry>()
    // A new life of a log may go on counting.
    const next = entries.size === 0 ? offset : this.topOf(epoch) + 1
    if (offset !== next) {
      throw new Error(`${this.#channel}: offset ${offset} follows ${next - 1}`)
    }
    entries.set(offset, { id, channel: this.#channel, position })
    this.#byEpoch.set(epoch, entries)
    this.#tops.set(epoch, offset)
    this.#last = position
  }

  /** Returns the event at a position. */
  at({ epoch, offset }: Position): Entry | undefined {
    return this.#byEpoch.get(epoch)?.get(offset)
  }

  /** Returns the newest offset of one life of the log; 0 when it has none. */
  topOf(epoch: string): number {
    return this.#tops.get(epoch) ?? 0
  }

  /** Returns the events of one life of the log, in their order. */
  entriesOf(epoch: string): Entry[] {
    return [...(this.#byEpoch.get(epoch)?.values() ?? [])]
  }

  /** The life of the log that was written to last. */
  get lastEpoch(): string | undefined {
    return this.#last?.epoch
  }
}

/** Parses a position that the server sent. @throws {Error} when it is invalid */
export function readPosition(text: string): Position {
  const position = parsePosition(text)
  if (!position) throw new Error(`not a position: ${text}`)
  return position
}
