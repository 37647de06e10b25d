import { RealtimeError } from '@coterie/protocol'
import type { Engine } from '@coterie/server/engine'

/** What of an engine fails: before it was done, or after, when only the answer is lost. */
export type EngineFault = 'append' | 'answer' | 'change' | 'read'

export const ENGINE_FAULTS: readonly EngineFault[] = ['append', 'answer', 'change', 'read']

/** Puts faults before an engine, as a database that is away or a network that breaks. */
export function faultyEngine(engine: Engine, faults: ReadonlySet<EngineFault>): Engine {
  const guard = (fault: EngineFault): void => {
    if (faults.has(fault)) throw new RealtimeError('unavailable', `the engine failed: ${fault}`)
  }
  return {
    capabilities: engine.capabilities,
    start: (listener) => engine.start(listener),
    join: (pattern) => engine.join(pattern),
    leave: (pattern) => engine.leave(pattern),
    health: () => engine.health(),
    close: () => engine.close(),
    async append(...args) {
      guard('append')
      const appended = await engine.append(...args)
      guard('answer')
      return appended
    },
    async change(...args) {
      guard('change')
      const changed = await engine.change(...args)
      guard('answer')
      return changed
    },
    async release(...args) {
      guard('change')
      return engine.release(...args)
    },
    async read(...args) {
      guard('read')
      return engine.read(...args)
    },
    async readPattern(...args) {
      guard('read')
      return engine.readPattern(...args)
    },
    async entries(...args) {
      guard('read')
      return engine.entries(...args)
    },
  }
}
