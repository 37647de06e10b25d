import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import { databaseFailed } from '../../sqlite/describe-file-failure.ts'

interface Write {
  /** Runs inside the transaction and returns what to do once it is committed. */
  readonly run: () => () => void
  readonly fail: (error: RealtimeError) => void
}

/** What goes with each transaction. */
export interface CommitHooks {
  /** Runs inside the transaction, behind all writes; throws where they are not to be kept. */
  readonly beforeCommit: () => void
  /** Runs once it is committed, before anybody hears of it. */
  readonly committed: () => void
  readonly rolledBack: (cause: unknown) => void
}

// A write that is refused before it has written anything does not fail those beside it.
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

/** Commits all writes of a tick as one transaction, very many in turns, and tells of them in their order. */
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

  /** True when nothing waits to be committed. */
  get isEmpty(): boolean {
    return this.#writes.length === 0
  }

  /**
   * Queues a write. `run` changes the database; what it returns is called after
   * the commit, and its result is that of the promise.
   *
   * @throws {RealtimeError} `unavailable` when the transaction could not be committed
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

  /** Commits what is queued now. */
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
      // A database that cannot even go back has failed with `cause`, which is what is told.
    }
    const error = databaseFailed('the write failed', cause)
    for (const { fail } of writes) fail(error)
  }
}
