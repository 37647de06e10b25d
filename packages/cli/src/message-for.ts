import { RealtimeError } from '@coterie/protocol'
import { ConfigError } from '@coterie/server'

interface SystemError extends Error {
  readonly code?: string
  readonly port?: number
  readonly address?: string
}

/** Says in one line what stopped a command, and what would help. */
export function messageFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, port, address } = error as SystemError
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${address} is already in use; choose another with PORT or --port`
  }
  if (code === 'EACCES' && port !== undefined) {
    return `port ${port} on ${address} is not allowed for this user; choose one above 1023`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `cannot listen on ${address ?? 'this host'}: it is no address of this machine`
  }
  const isForPeople = error instanceof ConfigError || error instanceof RealtimeError
  // citty reports wrong words this way.
  if (isForPeople || error.name === 'CLIError') return error.message
  return error.stack ?? error.message
}
