import { CLOSE_CODES, ERRORS, type ErrorCode } from '@coterie/protocol'

/** Counters of the hub's traffic. Plain numbers, so that counting costs nothing. */
export interface TrafficFigures {
  /** Connections opened. */
  connected: number
  /** Connections ended, by close code; see `disconnectLabel`. */
  readonly disconnected: Record<string, number>
  /** Messages received from connections, and their bytes. */
  framesReceived: number
  bytesReceived: number
  /** Events handed to the engine, by publisher. */
  publishedByClients: number
  publishedByServer: number
  /** Resumes with all missed events, and resumes without. */
  recovered: number
  notRecovered: number
  /** Refusals of clients and callers, by code, over all transports. */
  readonly errors: Record<ErrorCode, number>
  /** Requests answered, by HTTP status. */
  readonly requests: Record<string, number>
}

/** Codes of the protocol, and codes of peers (RFC 6455 section 7.4.1). */
const KNOWN_CODES: ReadonlySet<number> = new Set([
  ...[1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011],
  ...Object.values(CLOSE_CODES),
])
const OTHER = 'other'
const NONE = 'none'

/** Makes counters that start at 0. */
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
 * Names how a connection ended: by the hub's close code, else by the peer's;
 * `none` without a code, `other` for an unknown code of a peer.
 */
export function disconnectLabel(hubCode: number | undefined, peerCode: number | undefined): string {
  if (hubCode !== undefined) return String(hubCode)
  if (peerCode === undefined) return NONE
  return KNOWN_CODES.has(peerCode) ? String(peerCode) : OTHER
}

/** Increments the counter of a name. */
export function countBy(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
}
