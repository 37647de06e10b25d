import { CLOSE_CODES, ERRORS, type ErrorCode } from '@coterie/protocol'

/** What the hub counts of what passes through it. Plain numbers, so that counting costs nothing. */
export interface TrafficFigures {
  /** Connections that were opened. */
  connected: number
  /** Connections that have ended, by close code; see `disconnectLabel`. */
  readonly disconnected: Record<string, number>
  /** Messages that came from connections, and their bytes. */
  framesReceived: number
  bytesReceived: number
  /** Events that were handed to the engine, by who published them. */
  publishedByClients: number
  publishedByServer: number
  /** Resumes that brought all that was missed, and those that could not. */
  recovered: number
  notRecovered: number
  /** What clients and callers were refused, by code, however they asked. */
  readonly errors: Record<ErrorCode, number>
  /** Requests that were answered, by HTTP status. */
  readonly requests: Record<string, number>
}

/** Codes of the protocol, and those that peers close with by themselves (RFC 6455 section 7.4.1). */
const KNOWN_CODES: ReadonlySet<number> = new Set([
  ...[1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011],
  ...Object.values(CLOSE_CODES),
])
const OTHER = 'other'
const NONE = 'none'

/** Makes figures that all stand at 0. */
export function createTrafficFigures(): TrafficFigures {
  const codes = [...KNOWN_CODES].sort((a, b) => a - b)
  return {
    connected: 0,
    disconnected: zeros([...codes.map(String), OTHER, NONE]),
    framesReceived: 0,
    bytesReceived: 0,
    publishedByClients: 0,
    publishedByServer: 0,
    recovered: 0,
    notRecovered: 0,
    errors: zeros(Object.keys(ERRORS) as ErrorCode[]),
    requests: {},
  }
}

/**
 * Names how a connection ended: by the code that the hub closed it with, else
 * the peer's; `none` where there was none, `other` for one that a peer made up.
 */
export function disconnectLabel(hubCode: number | undefined, peerCode: number | undefined): string {
  if (hubCode !== undefined) return String(hubCode)
  if (peerCode === undefined) return NONE
  return KNOWN_CODES.has(peerCode) ? String(peerCode) : OTHER
}

/** Counts one more under a name. */
export function countBy(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
}
