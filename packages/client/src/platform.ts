import { checkOption, checkOptionsObject } from '@coterie/protocol'
import type { ClientEnvironment, SocketLike } from './environment.ts'
import { reportError } from './report-error.ts'

/** Creates the environment of a browser, a worker or Node, whichever this is. */
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
 * Fills what is missing of an environment with the platform's; methods keep their object.
 *
 * @throws {TypeError} naming the member that is not a function
 */
export function completeEnvironment(given: Partial<ClientEnvironment> = {}): ClientEnvironment {
  checkEnvironment(given)
  const platform = createPlatform()
  return {
    clock: given.clock ?? platform.clock,
    origin: given.origin ?? platform.origin,
    random: () => given.random?.() ?? platform.random(),
    createSocket: (url, protocols) =>
      given.createSocket?.(url, protocols) ?? platform.createSocket(url, protocols),
    fetch: (url, request) => given.fetch?.(url, request) ?? platform.fetch(url, request),
    onWake: (run) => given.onWake?.(run) ?? platform.onWake(run),
    onOffline: (run) => given.onOffline?.(run) ?? platform.onOffline(run),
    reportError: (error) =>
      given.reportError ? given.reportError(error) : platform.reportError(error),
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
  globalThis.addEventListener?.('offline', run)
  return () => globalThis.removeEventListener?.('offline', run)
}

function onWake(run: () => void): () => void {
  const page = globalThis.document
  const onVisibility = (): void => {
    if (page.visibilityState === 'visible') run()
  }
  // Node has no such events; a worker has `online` but no document.
  globalThis.addEventListener?.('online', run)
  globalThis.addEventListener?.('pageshow', run)
  page?.addEventListener('resume', run)
  page?.addEventListener('visibilitychange', onVisibility)
  return () => {
    globalThis.removeEventListener?.('online', run)
    globalThis.removeEventListener?.('pageshow', run)
    page?.removeEventListener('resume', run)
    page?.removeEventListener('visibilitychange', onVisibility)
  }
}
