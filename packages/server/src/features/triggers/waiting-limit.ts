import { type Err, type RealtimeError, refuse } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'

/** Limits the events of each connection that wait for triggers. */
export class WaitingLimit {
  readonly #max: number
  readonly #waiting = new WeakMap<Connection, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Counts one more waiting event, or refuses it. */
  enter(connection: Connection): Err<RealtimeError> | undefined {
    const waiting = this.#waiting.get(connection) ?? 0
    if (waiting >= this.#max) {
      return refuse('rate_limited', `at most ${this.#max} events may wait for their triggers`)
    }
    this.#waiting.set(connection, waiting + 1)
    return undefined
  }

  /** Stops counting one waiting event of a connection. */
  exit(connection: Connection): void {
    this.#waiting.set(connection, (this.#waiting.get(connection) ?? 1) - 1)
  }
}
