import type { RealtimeError } from '@coterie/protocol'
import { createSignal } from '../signals/signal.ts'

/** What may go wrong with a document. */
export type Problem = 'join' | 'read' | 'send' | 'snapshot'

/** What is wrong at the moment, and of that what went wrong last. */
export class Problems {
  readonly newest = createSignal<RealtimeError | null>(null)
  readonly #errors = new Map<Problem, RealtimeError>()

  /** Notes what is wrong. */
  report(problem: Problem, error: RealtimeError): void {
    // Last in the map, since it went wrong last.
    this.#errors.delete(problem)
    this.#errors.set(problem, error)
    this.newest.set(error)
  }

  /** Notes that something is right again. */
  solve(problem: Problem): void {
    if (this.#errors.delete(problem)) this.newest.set([...this.#errors.values()].at(-1) ?? null)
  }
}
