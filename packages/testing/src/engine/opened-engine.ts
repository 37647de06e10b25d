import type { Engine, EventRecord, MapChange } from '@coterie/server/engine'
import type { FakeClock } from '../fake-clock.ts'

/** A started engine, and the calls of its listener. */
export interface OpenedEngine {
  readonly engine: Engine
  readonly clock: FakeClock
  /** The location of the engine's durable data. */
  readonly place: string
  readonly events: EventRecord[]
  readonly changes: MapChange[]
  /** Waits for the engine's current tick to end, then returns the result. */
  settled<T>(promise: Promise<T>): Promise<T>
}

/** Starts an engine, by default with a new clock and a new location. */
export type OpenEngine = (
  clock?: FakeClock,
  place?: string,
  onEvent?: (record: EventRecord, engine: Engine) => void,
) => Promise<OpenedEngine>
