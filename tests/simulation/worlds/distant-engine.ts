import type { Engine, EngineListener } from '@coterie/server/engine'
import type { FakeClock, SeededRandom } from '@coterie/testing'

/**
 * Puts a network between a node and its engine: reads take their time on the
 * way there and back, and fan-out arrives later, in its order.
 */
export function distantEngine(
  engine: Engine,
  clock: FakeClock,
  random: SeededRandom,
  maxLatencyMs: number,
): Engine {
  const delay = (): Promise<void> =>
    new Promise((resolve) => clock.setTimer(resolve, random.below(maxLatencyMs)))
  const away = async <T>(read: () => Promise<T>): Promise<T> => {
    await delay()
    const result = await read()
    await delay()
    return result
  }
  return {
    capabilities: engine.capabilities,
    start: (listener) => engine.start(delayed(listener, clock, () => random.below(maxLatencyMs))),
    append: (...args) => engine.append(...args),
    change: (...args) => engine.change(...args),
    release: (...args) => engine.release(...args),
    read: (...args) => away(() => engine.read(...args)),
    readPattern: (...args) => away(() => engine.readPattern(...args)),
    entries: (...args) => away(() => engine.entries(...args)),
    join: (pattern) => away(() => engine.join(pattern)),
    leave: (pattern) => engine.leave(pattern),
    health: () => engine.health(),
    close: () => engine.close(),
  }
}

function delayed(
  listener: EngineListener,
  clock: FakeClock,
  latencyMs: () => number,
): EngineListener {
  let lastArrivalMs = 0
  const carry = (arrive: () => void): void => {
    const nowMs = clock.elapsed()
    lastArrivalMs = Math.max(lastArrivalMs, nowMs + latencyMs())
    clock.setTimer(arrive, lastArrivalMs - nowMs)
  }
  return {
    onEvent: (record) => carry(() => listener.onEvent(record)),
    onChange: (change) => carry(() => listener.onChange(change)),
  }
}
