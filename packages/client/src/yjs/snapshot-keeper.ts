import type { RealtimeError } from '@coterie/protocol'
import type { Client } from '../client/client.ts'
import { mayRetry } from '../connection/retry.ts'
import type { SnapshotWriter } from './snapshot-writer.ts'
import { eventsSince } from './yjs-snapshot.ts'

/** How long nothing happens before what is new is written down, in ms; up to twice as long. */
const QUIET_MS = 10_000

/** What keeping snapshots needs, and whom it tells. */
export interface SnapshotKeeperParts {
  readonly client: Pick<Client, 'environment'>
  readonly writer: SnapshotWriter
  readonly snapshotEvery: number
  /** Tells the snapshots of this document here from those of all others. */
  readonly name: string
  /** Returns the position up to which the document has all; undefined where it may lack some. */
  position(): string | undefined
  onWritten(): void
  /** The server does not take a snapshot, nor will it soon. */
  onRefused(error: RealtimeError): void
}

/**
 * Writes snapshots: after many events, and when nothing happens for a while, so
 * that a log that forgets by age takes nothing along.
 */
export class SnapshotKeeper {
  readonly #parts: SnapshotKeeperParts
  #isWriting = false
  #wasRefused = false
  #count = 0
  /** Events since the last snapshot at which the next one is tried. */
  #dueAt: number
  #cancelTimer: (() => void) | undefined

  constructor(parts: SnapshotKeeperParts) {
    this.#parts = parts
    this.#dueAt = parts.snapshotEvery
  }

  /** Writes a snapshot where there are many events since the last. */
  writeIfDue(): void {
    const { snapshotEvery } = this.#parts
    const events = this.#countNew()
    if (events < snapshotEvery) this.#dueAt = snapshotEvery
    if (events >= this.#dueAt) this.#write(events, true)
  }

  /**
   * Notes that something happened, after which it may be quiet.
   *
   * @param isOurs true where it is for this client to write down what is new
   * @param hasWritten true where this client changed the document, so that it may be expected to
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

  /** Forgets to write down what is new. */
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
          // What the server refused now it will not take a moment later.
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
