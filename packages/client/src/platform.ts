import type { ClientEnvironment, SocketLike } from './environment.ts'
import { reportError } from './report-error.ts'

/** Creates the environment of a browser, a worker or Node, whichever this is. */
export function createPlatform(): ClientEnvironment {
  return {
    clock: { now: () => Date.now(), setTimer },
    origin: globalThis.location?.origin,
    random: () => Math.random(),
    createSocket: (url, protocols) => new WebSocket(url, protocols) as SocketLike,
    onWake,
    reportError,
  }
}

function setTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

function onWake(run: () => void): () => void {
  const page = globalThis.document
  const onVisibility = (): void => {
    if (page.visibilityState === 'visible') run()
  }
  // Node has no such events; a worker has `online` but no document.
  globalThis.addEventListener?.('online', run)
  globalThis.addEventListener?.('pageshow', run)
  page?.addEventListener('visibilitychange', onVisibility)
  return () => {
    globalThis.removeEventListener?.('online', run)
    globalThis.removeEventListener?.('pageshow', run)
    page?.removeEventListener('visibilitychange', onVisibility)
  }
}
