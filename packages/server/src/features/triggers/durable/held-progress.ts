import type { Position } from '@coterie/protocol'
import type { NewDeadLetter } from '../../../ports/trigger-repository.ts'
import type { TriggerHold, TriggerHoldParts } from './trigger-hold.ts'

/** Progress past events of other kinds is saved no more often, in ms. */
const IDLE_SAVE_MS = 5_000
/** Why an event failed whose last attempt did not end in this process. */
const PROCESS_ENDED = 'the process ended during the last attempt'

/** How far a trigger has come, while this node holds the trigger. */
export class HeldProgress {
  readonly hold: TriggerHold
  readonly #parts: TriggerHoldParts
  readonly #trigger: string
  #position: Position | null
  #attempts: number
  #failure: unknown = PROCESS_ENDED
  #savedAtMs = 0
  #isSaved = true
  #hasHandled = false

  constructor(parts: TriggerHoldParts, trigger: string, hold: TriggerHold) {
    this.#parts = parts
    this.#trigger = trigger
    this.hold = hold
    const { position, attempts } = hold.progress
    this.#position = position
    this.#attempts = attempts
  }

  /** Events up to here are done; null before the first. */
  get position(): Position | null {
    return this.#position
  }

  /** Attempts that were begun for the event after the position. */
  get attempts(): number {
    return this.#attempts
  }

  /** Why the last attempt for that event failed. */
  get failure(): unknown {
    return this.#failure
  }

  /** Begins after a position, before any event was tried. @throws {Error} where it is not saved */
  async beginAfter(position: Position): Promise<void> {
    this.#position = position
    await this.#save(0)
  }

  /**
   * Counts one more attempt. It is saved first, so that an event that ends the
   * process is not tried for ever.
   *
   * @throws {Error} where it is not saved
   */
  async beginAttempt(): Promise<void> {
    await this.#save(this.#attempts + 1)
  }

  /** Takes back an attempt that was cut short. */
  cancelAttempt(): void {
    this.#attempts -= 1
  }

  /** Notes why an attempt failed. */
  fail(failure: unknown): void {
    this.#failure = failure
  }

  /** Forgets the attempts: the event that they were made for may be gone. */
  forgetAttempts(): void {
    this.#attempts = 0
  }

  /** Moves on to the next event; what was tried so far counts for the event before. */
  moveTo(position: Position): void {
    const { epoch, offset } = position
    if (this.#position?.epoch === epoch && this.#position.offset === offset) return
    this.#position = position
    this.#attempts = 0
    this.#failure = PROCESS_ENDED
    this.#isSaved = false
  }

  /** Moves past an event that is given up, and stores it; false where another node has the trigger. */
  async giveUp(letter: NewDeadLetter, position: Position): Promise<boolean> {
    const { repository, node } = this.#parts
    const isBuried = await repository.bury(letter, node, { position, attempts: 0 })
    if (!isBuried) {
      this.hold.lose()
      return false
    }
    this.moveTo(position)
    this.#isSaved = true
    return true
  }

  /** Saves what was handled at once, and what only went by now and then. */
  async saveIdle(): Promise<void> {
    if (this.#isSaved) return
    const isDue = this.#parts.clock.elapsed() - this.#savedAtMs >= IDLE_SAVE_MS
    if (isDue || this.#hasHandled) await this.#save(0)
  }

  /** Saves the last state, where this node still holds the trigger; never rejects. */
  async saveLast(): Promise<void> {
    if (this.hold.lost.aborted) return
    try {
      await this.#save(this.#attempts)
    } catch (error) {
      const about = { trigger: this.#trigger, error }
      this.#parts.logger.warn(about, 'an event may be handled once more')
    }
  }

  async #save(attempts: number): Promise<void> {
    const { repository, node, clock } = this.#parts
    const progress = { position: this.#position, attempts }
    const isSaved = await repository.save(this.#trigger, node, progress)
    if (!isSaved) {
      this.hold.lose()
      throw new Error('another node has the trigger')
    }
    this.#attempts = attempts
    this.#isSaved = true
    this.#hasHandled = attempts > 0
    this.#savedAtMs = clock.elapsed()
  }
}
