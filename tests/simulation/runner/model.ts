import type fc from 'fast-check'

/** A world that is driven by random schedules, and the promises that are checked at its end. */
export interface Model<Schedule = unknown> {
  /** How it is asked for on the command line. */
  readonly name: string
  /** What it checks, as one sentence. */
  readonly promise: string
  /** Schedules that `npm test` runs; 0 leaves it to the command line. */
  readonly defaultSchedules: number
  /** What happens in the world, and in which order. */
  readonly schedule: fc.Arbitrary<Schedule>
  /** Runs one schedule, and returns what went wrong, in words; nothing when every promise was kept. */
  readonly run: (schedule: Schedule, seed: number) => Promise<readonly string[]>
}

/** Makes a model; its schedules are of one type, which nobody else has to know. */
export function defineModel<Schedule>(model: Model<Schedule>): Model {
  return model as Model
}
