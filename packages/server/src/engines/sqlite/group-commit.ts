import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import { databaseFailed } from '../../sqlite/describe-file-failure.ts'

interface Write {
  /** Runs inside the transaction and returns a function to call after the commit. */
  readonly run: () => () => void
  readonly fail: (error: RealtimeError) => void
}

/** The callbacks of each transaction. */
export interface CommitHooks {
  /** Runs inside the transaction after all writes; throws to roll them back. */
  readonly beforeCommit: () => void
  /** Runs after the commit, before any caller learns of it. */
  readonly committed: () => void
  readonly rolledBack: (cause: unknown) => void
}

// A write that is refused before it has changed anything does not fail the others.
function runAlone({ run, fail }: Write): () => void {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof RealtimeError)) throw error
    return () => fail(error)
  }
}

/** Writes of one transaction: more would block the event loop for too long. */
const MAX_WRITES = 256

/** Commits all writes of a tick as one transaction, and reports them in order. */
export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #clock: Clock
  readonly #hooks: CommitHooks
  #writes: Write[] = []

  constructor(database: DatabaseSync, clock: Clock, hooks: CommitHooks) {
    this.#database = database
    this.#clock = clock
    this.#hooks = hooks
  }

  /** True when no write is waiting. */
  get isEmpty(): boolean {
    return this.#writes.length === 0
  }

  /**
   * Queues a write. `run` changes the database; the function that it returns is
   * called after the commit, and its result resolves the promise.
   *
   * @throws {RealtimeError} `unavailable` when the commit failed
   */
  add<T>(run: () => () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    if (this.#writes.length === 0) this.#clock.afterTick(() => this.#flushTick())
    this.#writes.push({
      run: () => {
        const onCommitted = run()
        return () => resolve(onCommitted())
      },
      fail: reject,
    })
    return promise
  }

  /** Commits the queued writes now. */
  flush(): void {
    const writes = this.#writes
    this.#writes = []
    this.#commit(writes)
  }

  #flushTick(): void {
    const writes = this.#writes
    this.#writes = writes.length > MAX_WRITES ? writes.splice(MAX_WRITES) : []
    if (this.#writes.length > 0) this.#clock.afterTick(() => this.#flushTick())
    this.#commit(writes)
  }

  #commit(writes: readonly Write[]): void {
    if (writes.length === 0) return
    let committed: (() => void)[]
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      committed = writes.map(runAlone)
      this.#hooks.beforeCommit()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#rollBack(writes, error)
      return
    }
    this.#hooks.committed()
    for (const onCommitted of committed) onCommitted()
  }

  #rollBack(writes: readonly Write[], cause: unknown): void {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      this.#hooks.rolledBack(cause)
    } catch {
      // If even the rollback fails, `cause` is still the error to report.
    }
    const error = databaseFailed('the write failed', cause)
    for (const { fail } of writes) fail(error)
  }
}
