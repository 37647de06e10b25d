import { ok, type Result, refuse } from '@coterie/protocol'
import { errorText } from '../../../core/error-text.ts'
import { served } from '../../../core/served.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { DeadLetter, TriggerRepository } from '../../../ports/trigger-repository.ts'
import type { DurableTriggers } from './durable-triggers.ts'

const MAX_LISTED = 1_000

/** Which dead letters to list, newest first. */
export interface DeadLetterListQuery {
  readonly trigger?: string | undefined
  /** At most 1,000. @default 100 */
  readonly limit?: number | undefined
  /** Lists only those with a smaller id. */
  readonly before?: number | undefined
}

/** The result of a replay: `dead` when the handler failed again. */
export interface ReplayedLetter {
  readonly status: 'handled' | 'dead'
  readonly letter: DeadLetter
}

/** The parts of the hub that dead letters need. */
export interface DeadLettersParts {
  readonly repository: TriggerRepository
  readonly triggers: Pick<DurableTriggers, 'find'>
  readonly clock: Pick<Clock, 'now'>
  /** Resolves when the store is open. */
  readonly started: () => Promise<void>
}

/** The events that durable triggers gave up: lists, replays and discards them. */
export class DeadLetters {
  readonly #parts: DeadLettersParts
  readonly #replaying = new Set<number>()

  constructor(parts: DeadLettersParts) {
    this.#parts = parts
  }

  /** Lists dead letters, newest first. */
  async list(query: DeadLetterListQuery = {}): Promise<Result<readonly DeadLetter[]>> {
    const { limit = 100 } = query
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LISTED) {
      return refuse('invalid_payload', `limit is ${limit}: expected 1–${MAX_LISTED}`)
    }
    const { repository, started } = this.#parts
    return served(started, async () => ok(await repository.list({ ...query, limit })))
  }

  /**
   * Runs the handler once more, on this node; a letter that it can handle is forgotten.
   *
   * `not_found` for none; `conflict` where the trigger is not registered here, or is running for it.
   */
  replay(id: number): Promise<Result<ReplayedLetter>> {
    return served(this.#parts.started, async () => {
      if (this.#replaying.has(id)) {
        return refuse('conflict', 'this letter is being replayed already')
      }
      this.#replaying.add(id)
      try {
        return await this.#replay(id)
      } finally {
        this.#replaying.delete(id)
      }
    })
  }

  /** Forgets a letter; `not_found` for none. */
  discard(id: number): Promise<Result<void>> {
    const { repository, started } = this.#parts
    return served(started, async () =>
      (await repository.discard(id)) ? ok(undefined) : refuseUnknown(),
    )
  }

  async #replay(id: number): Promise<Result<ReplayedLetter>> {
    const { repository, triggers, clock } = this.#parts
    const letter = await repository.find(id)
    if (!letter) return refuseUnknown()
    const trigger = triggers.find(letter.trigger)
    if (!trigger) {
      return refuse('conflict', `no trigger "${letter.trigger}" is registered on this node`)
    }
    const ran = await trigger.attempt({ ...letter, id: letter.eventId }, letter.attempts + 1)
    if (ran.ok) {
      await repository.discard(id)
      return ok({ status: 'handled', letter })
    }
    const error = errorText(ran.error.cause ?? ran.error)
    const failed = await repository.noteFailure(id, error, clock.now())
    return ok({ status: 'dead', letter: failed ?? letter })
  }
}

function refuseUnknown() {
  return refuse('not_found', 'there is no such dead letter')
}
