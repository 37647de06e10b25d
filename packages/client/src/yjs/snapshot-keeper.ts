import type { RealtimeError } from '@coterie/protocol'
import type { Client } from '../client/client.ts'
import { mayRetry } from '../connection/retry.ts'
import type { SnapshotWriter } from './snapshot-writer.ts'
import { isNotMember } from './stored-snapshot.ts'
import { eventsSince } from './yjs-snapshot.ts'

/** Quiet time before new changes are written to a snapshot, in ms; up to twice as long. */
const QUIET_MS = 10_000

/** What keeping snapshots needs, and what it reports. */
export interface SnapshotKeeperParts {
  readonly client: Pick<Client, 'environment'>
  readonly writer: SnapshotWriter
  readonly snapshotEvery: number
  /** Distinguishes the snapshots of this binding from those of all others. */
  readonly name: string
  /** Returns the position up to which the document is complete; undefined when unknown. */
  position(): string | undefined
  onWritten(): void
  /** The server refuses a snapshot, and will keep refusing for a while. */
  onRefused(error: RealtimeError): void
}

/**
 * Writes snapshots: after many events, and after a quiet time, so that a log
 * that drops events by age loses no changes.
 */
export class SnapshotKeeper {
  readonly #parts: SnapshotKeeperParts
  #isWriting = false
  #wasRefused = false
  #count = 0
  /** Number of events since the last snapshot at which the next one is tried. */
  #dueAt: number
  #cancelTimer: (() => void) | undefined

  constructor(parts: SnapshotKeeperParts) {
    this.#parts = parts
    this.#dueAt = parts.snapshotEvery
  }

  /** Writes a snapshot when there are many events since the last. */
  writeIfDue(): void {
    const { snapshotEvery } = this.#parts
    const events = this.#countNew()
    if (events < snapshotEvery) this.#dueAt = snapshotEvery
    if (events >= this.#dueAt) this.#write(events, true)
  }

  /**
   * Notes an event, which starts the quiet time again.
   *
   * @param isOurs true when this client is responsible for writing the new changes
   * @param hasWritten true when this client changed the document and may therefore write
   */
  happened(isOurs: boolean, hasWritten: boolean): void {
    this.stop()
    if (!isOurs) return
    const { clock, random } = this.#parts.client.environment
    const delayMs = QUIET_MS * (1 + random())
    this.#cancelTimer = clock.setTimer(() => {
      this.#cancelTimer = undefined
      const events = this.#countNew()
      if (events > 0 && !this.#wasRefused) this.#write(events, hasWritten)
    }, delayMs)
  }

  /** Cancels the pending snapshot. */
  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #countNew(): number {
    const position = this.#parts.position()
    return position === undefined ? 0 : eventsSince(this.#parts.writer.position, position)
  }

  #write(events: number, mayComplain: boolean): void {
    const { name, onRefused, onWritten, snapshotEvery, writer } = this.#parts
    const position = this.#parts.position()
    if (this.#isWriting || position === undefined) return
    this.#isWriting = true
    this.#count += 1
    writer
      .write(position, `${name}.${this.#count}`)
      .then(
        () => {
          this.#dueAt = snapshotEvery
          this.#wasRefused = false
          onWritten()
        },
        (error: RealtimeError) => {
          // The page has left the channel: the next client to join writes a snapshot.
          if (isNotMember(error)) return
          // A refused snapshot would be refused again a moment later.
          this.#dueAt = events + snapshotEvery
          this.#wasRefused = !mayRetry(error)
          if (this.#wasRefused && mayComplain) onRefused(error)
        },
      )
      .finally(() => {
        this.#isWriting = false
      })
  }
}
