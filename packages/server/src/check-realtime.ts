import { ConfigError } from './config/check-config.ts'
import type { RealtimeBackend } from './ports/realtime-backend.ts'

const METHODS = ['publish', 'subscribe', 'unsubscribe', 'close'] as const

/** Returns a backend that can be used. @throws {ConfigError} naming what it lacks */
export function checkRealtime(backend: RealtimeBackend): RealtimeBackend {
  const isObject = typeof backend === 'object' && backend !== null
  const missing = METHODS.filter((name) => !isObject || typeof backend[name] !== 'function')
  if (missing.length === 0) return backend
  throw new ConfigError(
    `"realtime": expected a RealtimeBackend with ${METHODS.join(', ')}; this has no ${missing.join(', ')}`,
  )
}
