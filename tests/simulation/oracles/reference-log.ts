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
  readonly #byEpoch = new Map<string, Entry[]>()
  #epochs: string[] = []

  constructor(channel: string) {
    this.#channel = channel
  }

  /** Adds an event that the server acknowledged with this position. */
  add(id: string, text: string): void {
    const position = readPosition(text)
    const entries = this.#byEpoch.get(position.epoch) ?? []
    if (entries.length === 0) this.#epochs = [...this.#epochs, position.epoch]
    if (position.offset !== entries.length + 1) {
      throw new Error(`${this.#channel}: offset ${position.offset} follows ${entries.length}`)
    }
    entries.push({ id, channel: this.#channel, position })
    this.#byEpoch.set(position.epoch, entries)
  }

  /** Returns the event at a position. */
  at({ epoch, offset }: Position): Entry | undefined {
    return this.#byEpoch.get(epoch)?.[offset - 1]
  }

  /** Counts the events of one life of the log. */
  countOf(epoch: string): number {
    return this.#byEpoch.get(epoch)?.length ?? 0
  }

  /** The life of the log that was written to last. */
  get lastEpoch(): string | undefined {
    return this.#epochs.at(-1)
  }
}

/** Reads a position that the server said. @throws {Error} when it is none */
export function readPosition(text: string): Position {
  const position = parsePosition(text)
  if (!position) throw new Error(`not a position: ${text}`)
  return position
}
