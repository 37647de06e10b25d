import { checkOption, checkOptionsObject } from '@coterie/protocol'
import { reportError } from '../signals/report-error.ts'
import type { ClientEnvironment, SocketLike } from './environment.ts'

/** Creates the environment of the current platform: browser, worker or Node. */
function createPlatform(): ClientEnvironment {
  return {
    clock: { now: () => Date.now(), elapsed: () => performance.now(), setTimer },
    origin: globalThis.location?.origin,
    random: () => Math.random(),
    createSocket: (url, protocols) => new WebSocket(url, protocols) as SocketLike,
    fetch: (url, request) => fetch(url, { ...request, cache: 'no-store' }),
    onWake,
    onOffline,
    reportError,
  }
}

/**
 * Completes an environment with the platform's members; methods keep their `this`.
 *
 * @throws {TypeError} naming the member that is not a function
 */
export function completeEnvironment(given: Partial<ClientEnvironment> = {}): ClientEnvironment {
  checkEnvironment(given)
  const { clock, origin, ...functions } = createPlatform()
  const taken = Object.keys(functions).flatMap((name) => {
    const run = given[name as keyof typeof functions]
    return run ? [[name, run.bind(given)]] : []
  })
  return {
    clock: given.clock ?? clock,
    origin: given.origin ?? origin,
    ...functions,
    ...(Object.fromEntries(taken) as Partial<typeof functions>),
  }
}

function checkEnvironment(given: Partial<ClientEnvironment>): void {
  checkOptionsObject('environment', given)
  const { clock: _clock, origin: _origin, ...functions } = given
  for (const [name, run] of Object.entries(functions)) {
    checkOption(name, run, run === undefined || typeof run === 'function', 'a function')
  }
}

function setTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

// Node has no such event.
function onOffline(run: () => void): () => void {
  return listen(globalThis, ['offline'], run)
}

function onWake(run: () => void): () => void {
  const page = globalThis.document
  const onVisibility = (): void => {
    if (page.visibilityState === 'visible') run()
  }
  // Node has no such events; a worker has `online` but no document.
  const stops = [
    listen(globalThis, ['online', 'pageshow'], run),
    listen(page, ['resume'], run),
    listen(page, ['visibilitychange'], onVisibility),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function listen(
  target: Partial<EventTarget> | undefined,
  events: readonly string[],
  run: () => void,
): () => void {
  for (const event of events) target?.addEventListener?.(event, run)
  return () => {
    for (const event of events) target?.removeEventListener?.(event, run)
  }
}
