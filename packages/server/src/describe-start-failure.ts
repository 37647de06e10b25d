import { RealtimeError } from '@coterie/protocol'
import { ConfigError } from './config/check-config.ts'

interface SystemError extends Error {
  readonly code?: string
  readonly port?: number
  readonly address?: string
}

/** Returns what keeps a server from listening as a sentence, with the system's error as its cause. */
export function toListenFailure(error: Error): Error {
  const { code, port, address } = error as SystemError
  if (code !== 'EADDRINUSE') return error
  const sentence = `port ${port} on ${address} is already in use; choose another one, or 0 for any free one`
  return Object.assign(new Error(sentence, { cause: error }), { code, port, address })
}

/** Says in one line what kept a server from starting, and what would help. */
export function describeStartFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, port, address } = error as SystemError
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${address} is already in use; choose another one with --port or PORT`
  }
  if (code === 'EACCES' && port !== undefined) {
    return `port ${port} on ${address} is not allowed for this user; choose one above 1023`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST is not an address of this machine: ${error.message}`
  }
  const isForPeople = error instanceof ConfigError || error instanceof RealtimeError
  return isForPeople ? error.message : (error.stack ?? error.message)
}
