import type { Clock } from '../../ports/clock.ts'
import type { EngineFile } from './engine-file.ts'
import { freePages } from './free-pages.ts'

const SWEEP_INTERVAL_MS = 60_000
const FREEING_INTERVAL_MS = 100

/** The parts that sweeping a file needs. */
export interface FileSweepParts {
  readonly file: EngineFile
  readonly clock: Clock
  /** Deletes expired data; each step is a transaction. */
  readonly steps: () => Generator<void>
  /** Called when a step was rolled back. */
  readonly rolledBack: () => void
}

/** Deletes expired data once a minute, and returns free pages to the system. */
export class FileSweep {
  readonly #parts: FileSweepParts
  #isStopped = false
  #cancelSweep: (() => void) | undefined
  #cancelFreeing: (() => void) | undefined

  constructor(parts: FileSweepParts) {
    this.#parts = parts
  }

  /** Sweeps after a minute, and every minute from then on. */
  start(): void {
    const { clock, steps } = this.#parts
    this.#cancelSweep = clock.setTimer(() => this.#sweepOn(steps()), SWEEP_INTERVAL_MS)
  }

  /** Stops sweeping, also during a sweep. Idempotent. */
  stop(): void {
    this.#isStopped = true
    this.#cancelSweep?.()
    this.#cancelFreeing?.()
  }

  // Other work runs between steps: much data may expire at the same time.
  #sweepOn(steps: Generator<void>): void {
    if (this.#isStopped) return
    const { file, clock, rolledBack } = this.#parts
    const { database } = file
    try {
      file.check()
      database.exec('BEGIN IMMEDIATE')
      const { done } = steps.next()
      database.exec('COMMIT')
      if (!done) {
        clock.afterTick(() => this.#sweepOn(steps))
        return
      }
      this.#freePages()
    } catch (error) {
      // If the disk is full now, the next sweep tries again.
      file.noteFailure(error)
      if (database.isTransaction) database.exec('ROLLBACK')
      rolledBack()
    }
    this.start()
  }

  // In steps: moving many pages at once would block the event loop.
  #freePages(): void {
    const { file, clock } = this.#parts
    if (!freePages(file.database)) return
    this.#cancelFreeing = clock.setTimer(() => {
      try {
        this.#freePages()
      } catch (error) {
        file.noteFailure(error)
      }
    }, FREEING_INTERVAL_MS)
  }
}
