/** Statistics of a trigger since the hub was made. */
export interface TriggerFigures {
  /** Runs that have ended, however. */
  readonly runs: number
  /** Runs that refused what a client did. */
  readonly refusals: number
  /** Runs that failed. */
  readonly failures: number
  /** Runs that took too long. */
  readonly timeouts: number
  /** Events that a durable trigger gave up. */
  readonly dead: number
  /** Times that the log had lost events before a durable trigger had read them. */
  readonly lost: number
  /** All runs together, in ms. */
  readonly totalMs: number
  readonly longestMs: number
}

/** The figures of one trigger, as they are counted. */
export type CountedTrigger = { -readonly [Name in keyof TriggerFigures]: TriggerFigures[Name] }

/** Begins to count. */
export function createTriggerFigures(): CountedTrigger {
  return {
    runs: 0,
    refusals: 0,
    failures: 0,
    timeouts: 0,
    dead: 0,
    lost: 0,
    totalMs: 0,
    longestMs: 0,
  }
}
