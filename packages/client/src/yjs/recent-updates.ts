import { parsePosition } from '@coterie/protocol'

/** Bytes of updates to keep; beyond that, the whole document is written again. */
const MAX_BYTES = 4_194_304

interface RecentUpdate {
  readonly offset: number
  readonly update: Uint8Array
}

/** The updates since a snapshot, from which the next segment of it is made. */
export class RecentUpdates {
  #updates: RecentUpdate[] = []
  #bytes = 0
  #isWhole = false
  /** The offset after which every update is here. */
  #since = 0
  #newest = 0

  /** All updates since the snapshot; undefined when some are not known. */
  get all(): readonly Uint8Array[] | undefined {
    return this.#isWhole ? this.#updates.map(({ update }) => update) : undefined
  }

  /** Starts again after a snapshot that covers the log up to a position. */
  begin(position: string): void {
    this.#forget()
    this.#isWhole = true
    this.#since = offsetOf(position)
    this.#newest = this.#since
  }

  /** Starts again after everything received so far. */
  beginHere(position: string): void {
    const newest = Math.max(this.#newest, offsetOf(position))
    this.begin(position)
    this.#since = newest
    this.#newest = newest
  }

  /** Notes that updates are missing. */
  breakOff(): void {
    this.#forget()
    this.#isWhole = false
  }

  /** Adds an update, by the offset of its last event. */
  add(offset: number, update: Uint8Array): void {
    this.#newest = Math.max(this.#newest, offset)
    if (!this.#isWhole) return
    this.#updates.push({ offset, update })
    this.#bytes += update.length
    if (this.#bytes > MAX_BYTES) this.breakOff()
  }

  /** Drops updates that a snapshot covers; a snapshot before the first one leaves a gap. */
  covered(position: string): void {
    const offset = offsetOf(position)
    if (offset < this.#since) {
      this.breakOff()
      return
    }
    this.#since = offset
    this.#updates = this.#updates.filter((recent) => recent.offset > offset)
    this.#bytes = this.#updates.reduce((sum, { update }) => sum + update.length, 0)
  }

  #forget(): void {
    this.#updates = []
    this.#bytes = 0
  }
}

function offsetOf(position: string): number {
  return parsePosition(position)?.offset ?? 0
}
