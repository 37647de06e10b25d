import type { Engine, EventRecord, MapChange } from '@coterie/server/engine'
import type { FakeClock } from '../fake-clock.ts'

/** An engine that was started, and what it told its listener. */
export interface OpenedEngine {
  readonly engine: Engine
  readonly clock: FakeClock
  /** Where the engine keeps what outlives it. */
  readonly place: string
  readonly events: EventRecord[]
  readonly changes: MapChange[]
  /** Lets the tick end in which an engine works, then returns the result. */
  settled<T>(promise: Promise<T>): Promise<T>
}

/** Starts an engine, by default on a new clock in a new place. */
export type OpenEngine = (
  clock?: FakeClock,
  place?: string,
  onEvent?: (record: EventRecord, engine: Engine) => void,
) => Promise<OpenedEngine>
