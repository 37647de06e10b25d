import type { RealtimeError } from '@coterie/protocol'
import { createSignal } from '../signals/signal.ts'

/** What can fail with a document. */
export type Problem = 'join' | 'read' | 'send' | 'snapshot'

/** The current problems, and the latest of them. */
export class Problems {
  readonly newest = createSignal<RealtimeError | null>(null)
  readonly #errors = new Map<Problem, RealtimeError>()

  /** Notes a problem. */
  report(problem: Problem, error: RealtimeError): void {
    // Moved to the end of the map, because it is now the latest.
    this.#errors.delete(problem)
    this.#errors.set(problem, error)
    this.newest.set(error)
  }

  /** Notes that a problem is solved. */
  solve(problem: Problem): void {
    if (this.#errors.delete(problem)) this.newest.set([...this.#errors.values()].at(-1) ?? null)
  }
}
