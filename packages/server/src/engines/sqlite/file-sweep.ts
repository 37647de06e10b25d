import type { Clock } from '../../ports/clock.ts'
import type { EngineFile } from './engine-file.ts'
import { freePages } from './free-pages.ts'

const SWEEP_INTERVAL_MS = 60_000
const FREEING_INTERVAL_MS = 100

/** What sweeping a file takes. */
export interface FileSweepParts {
  readonly file: EngineFile
  readonly clock: Clock
  /** Deletes what is past its time; each step is a transaction. */
  readonly steps: () => Generator<void>
  /** Called when a step was rolled back. */
  readonly rolledBack: () => void
}

/** Deletes what is past its time once a minute, and returns free pages to the system. */
export class FileSweep {
  readonly #parts: FileSweepParts
  #isStopped = false
  #cancelSweep: (() => void) | undefined
  #cancelFreeing: (() => void) | undefined

  constructor(parts: FileSweepParts) {
    this.#parts = parts
  }

  /** Sweeps a minute from now, and again after that. */
  start(): void {
    const { clock, steps } = this.#parts
    this.#cancelSweep = clock.setTimer(() => this.#sweepOn(steps()), SWEEP_INTERVAL_MS)
  }

  /** Ends sweeping, in the middle of a sweep too. Idempotent. */
  stop(): void {
    this.#isStopped = true
    this.#cancelSweep?.()
    this.#cancelFreeing?.()
  }

  // Between steps others are served: much may end at the same time.
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
      // A disk that is full now is swept next time.
      file.noteFailure(error)
      if (database.isTransaction) database.exec('ROLLBACK')
      rolledBack()
    }
    this.start()
  }

  // Step by step: moving many pages at once would hold everybody up.
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
