import { parsePosition } from '@coterie/protocol'

/** Bytes of updates that are kept; past it the whole document is written anew. */
const MAX_BYTES = 4_194_304

interface RecentUpdate {
  readonly offset: number
  readonly update: Uint8Array
}

/** The updates that came after a snapshot, from which the next part of it is made. */
export class RecentUpdates {
  #updates: RecentUpdate[] = []
  #bytes = 0
  #isWhole = false

  /** All updates since the snapshot; undefined where some are not known any more. */
  get all(): readonly Uint8Array[] | undefined {
    return this.#isWhole ? this.#updates.map(({ update }) => update) : undefined
  }

  /** Begins anew behind a snapshot. */
  begin(): void {
    this.#updates = []
    this.#bytes = 0
    this.#isWhole = true
  }

  /** Notes that updates are missing. */
  breakOff(): void {
    this.begin()
    this.#isWhole = false
  }

  /** Adds an update, by the offset of its last event. */
  add(offset: number, update: Uint8Array): void {
    if (!this.#isWhole) return
    this.#updates.push({ offset, update })
    this.#bytes += update.length
    if (this.#bytes > MAX_BYTES) this.breakOff()
  }

  /** Forgets what a snapshot covers. */
  covered(position: string): void {
    const { offset = 0 } = parsePosition(position) ?? {}
    this.#updates = this.#updates.filter((recent) => recent.offset > offset)
    this.#bytes = this.#updates.reduce((sum, { update }) => sum + update.length, 0)
  }
}
