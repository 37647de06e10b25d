import type { EventId, EventSender, Position } from '@coterie/protocol'
import type { JsonText } from './engine.ts'

/** How far a durable trigger has come. */
export interface TriggerProgress {
  /** Events up to here are done, by `sequence`; null before the first. */
  readonly position: Position | null
  /** Attempts that were begun for the event after it. */
  readonly attempts: number
}

/** Whether somebody has a trigger, and until when. */
export type TriggerLease =
  | { readonly isHeld: true; readonly progress: TriggerProgress }
  | { readonly isHeld: false }

/** An event that a trigger gave up. */
export interface NewDeadLetter {
  /** By what the trigger is known. */
  readonly trigger: string
  readonly eventId: EventId
  readonly channel: string
  readonly event: string
  readonly payload: JsonText
  readonly from: EventSender
  /** Wall time in ms at which it was published. */
  readonly timestampMs: number
  /** Where it stood in the log of its channel. */
  readonly position: Position
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly error: string
  /** Wall time in ms of the first attempt that this process knows of. */
  readonly firstTriedAtMs: number
  /** Wall time in ms of the last attempt. */
  readonly failedAtMs: number
}

/** An event that a trigger gave up, in the store. */
export interface DeadLetter extends NewDeadLetter {
  /** Larger is newer. */
  readonly id: number
}

/** Which dead letters to list, newest first. */
export interface DeadLetterQuery {
  readonly trigger?: string | undefined
  readonly limit: number
  /** Lists only those with a smaller id. */
  readonly before?: number | undefined
}

/**
 * Keeps how far durable triggers have come, and what they gave up. Every
 * method is one atomic step.
 *
 * @throws {RealtimeError} from every method: `unavailable` when the store cannot be reached
 */
export interface TriggerRepository {
  /**
   * Takes a trigger that nobody has, or keeps the one that the holder has:
   * nobody else gets it before a wall time in ms.
   */
  lease(name: string, holder: string, nowMs: number, untilMs: number): Promise<TriggerLease>

  /** Lets a trigger go, where the holder has it still. */
  release(name: string, holder: string): Promise<void>

  /** Notes progress; false where the holder has the trigger no more, and nothing was noted. */
  save(name: string, holder: string, progress: TriggerProgress): Promise<boolean>

  /** Notes progress and what was given up on the way, together; false as `save`. */
  bury(letter: NewDeadLetter, holder: string, progress: TriggerProgress): Promise<boolean>

  list(query: DeadLetterQuery): Promise<readonly DeadLetter[]>

  find(id: number): Promise<DeadLetter | undefined>

  /** Notes one more attempt that failed; undefined when there is no such letter. */
  noteFailure(id: number, error: string, failedAtMs: number): Promise<DeadLetter | undefined>

  /** Forgets a letter; false when there is none. Repeating it changes nothing. */
  discard(id: number): Promise<boolean>
}
