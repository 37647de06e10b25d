import type { Engine, EventRecord, MapChange } from '@coterie/server/engine'
import { afterEach, describe } from 'vitest'
import { FakeClock } from '../fake-clock.ts'
import { logTests } from './log-conformance.ts'
import { mapTests } from './map-conformance.ts'
import type { OpenEngine } from './opened-engine.ts'
import { patternTests } from './pattern-conformance.ts'
import { restartTests } from './restart-conformance.ts'

/** Makes an engine on a clock; an engine with the same `place` has the same data. */
export type EngineFactory = (clock: FakeClock, place: string) => Engine

/**
 * Registers the tests that every engine passes.
 *
 * @param name the engine's name in the report
 */
export function engineConformance(name: string, create: EngineFactory): void {
  describe(`${name} engine`, () => {
    const opened: Engine[] = []
    let places = 0

    afterEach(async () => {
      for (const engine of opened.splice(0)) await engine.close()
    })

    const open: OpenEngine = async (
      clock = new FakeClock(),
      place = `place-${++places}`,
      onEvent,
    ) => {
      const engine = create(clock, place)
      opened.push(engine)
      const events: EventRecord[] = []
      const changes: MapChange[] = []
      await engine.start({
        onEvent: (record) => {
          events.push(record)
          onEvent?.(record, engine)
        },
        onChange: (change) => changes.push(change),
      })
      const settled = async <T>(promise: Promise<T>): Promise<T> => {
        // A promise that rejects while the clock settles must not count as unhandled.
        promise.catch(() => {})
        await clock.settle()
        return promise
      }
      return { engine, clock, place, events, changes, settled }
    }

    describe('logs', () => logTests(open))
    describe('patterns', () => patternTests(open))
    describe('maps', () => mapTests(open))
    describe('restart', () => restartTests(open))
  })
}
